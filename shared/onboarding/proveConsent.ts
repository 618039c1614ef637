import { heldPermissions } from '../access/heldPermissions';
import { scopeOf } from '../access/links';
import type { Api } from '../access/permissions';
import { missingNeeds, needsOf, permissionText } from '../access/permissions';
import { AuthError, ConsentError, UpstreamError } from '../errors';
import type { RegistrationName } from '../model/registration';
import type { Tenant } from '../model/tenant';
import type { Clock, TokenProvider } from '../ports';

export interface ProveDeps {
  readonly tokens: Pick<TokenProvider, 'getToken' | 'forget'>;
  readonly clock: Pick<Clock, 'elapsedMs'>;
  readonly pause: (ms: number) => Promise<unknown>;
}

/** What a tenant's own tokens say of its consent. */
export type Proof =
  /** `missing`: what the registration is asked for beside its purpose, and what was not granted; undefined where all was. */
  | { readonly kind: 'granted'; readonly missing: Missing | undefined }
  | { readonly kind: 'refused'; readonly error: ConsentError | AuthError; readonly missing: Missing | undefined }
  /** Entra, or our vault, does not answer. */
  | { readonly kind: 'unknown' };

export interface Missing {
  readonly api: Api;
  /** `SecurityIncident.Read.All of Microsoft Graph`. */
  readonly permission: string;
}

/** What was granted takes a moment to show; an administrator waits at the browser meanwhile. */
const waitsMs = [1_000, 2_000, 4_000];
/** No further attempt begins after this. */
const attemptUntilMs = 12_000;

/**
 * Whether a tenant let a registration in: fresh tokens of that very tenant say so, with their roles, and nothing else does. `apis`: what
 * the registration is there for comes first. Asks again a few times, since a grant takes a moment to show.
 */
export const proveConsent = async (
  deps: ProveDeps,
  tenant: Tenant,
  registration: RegistrationName,
  apis: readonly Api[],
): Promise<Proof> => {
  const startedMs = deps.clock.elapsedMs();
  for (let attempt = 0; ; attempt += 1) {
    const proof = await prove(deps, tenant, registration, apis);
    const waitMs = waitsMs[attempt];
    if (waitMs === undefined || !mayPass(proof) || deps.clock.elapsedMs() - startedMs > attemptUntilMs) return proof;
    await deps.pause(waitMs);
  }
};

/** Of the refusals those that a grant under way explains. */
const passing: ReadonlySet<string> = new Set<ConsentError['reason']>(['consentMissing', 'roleMissing']);

const mayPass = (proof: Proof): boolean => {
  if (proof.kind === 'refused') return passing.has(proof.error.reason);
  return proof.kind === 'unknown' || proof.missing !== undefined;
};

const prove = async (
  { tokens }: Pick<ProveDeps, 'tokens'>,
  tenant: Tenant,
  registration: RegistrationName,
  apis: readonly Api[],
): Promise<Proof> => {
  const { tenantId, cloud } = tenant;
  const missing: Missing[] = [];
  for (const [at, api] of apis.entries()) {
    const scope = scopeOf(cloud, api) ?? '';
    const wanted = needsOf(registration, api);
    try {
      tokens.forget(tenant, registration, scope);
      const { token } = await tokens.getToken(tenant, registration, scope);
      const held = heldPermissions(token, 'application')?.permissions ?? [];
      const lacking = missingNeeds(wanted, 'application', held);
      if (lacking.length === 0) continue;
      const lack = { api, permission: permissionText(api, 'application', lacking) };
      const [purpose] = wanted;
      if (at === 0 && purpose !== undefined && lacking.includes(purpose)) return lacksPurpose(tenantId, held, lack);
      missing.push(lack);
    } catch (error) {
      if (error instanceof UpstreamError) return { kind: 'unknown' };
      if (!(error instanceof ConsentError) && !(error instanceof AuthError)) throw error;
      if (at === 0 || error instanceof AuthError) return { kind: 'refused', error, missing: undefined };
      missing.push({ api, permission: permissionText(api, 'application', wanted) });
    }
  }
  return { kind: 'granted', missing: missing[0] };
};

const lacksPurpose = (tenantId: string, held: readonly string[], missing: Missing): Proof => {
  const raw = held.length === 0 ? 'no roles' : held.join(' ');
  const error = new ConsentError('The token does not carry the role that is needed', 'roleMissing', raw, { tenantId });
  return { kind: 'refused', error, missing };
};
