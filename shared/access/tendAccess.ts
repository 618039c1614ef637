import { AppError, messageOf } from '../errors';
import type { Access } from '../model/access';
import type { RegistrationName } from '../model/registration';
import { registrationFor } from '../model/registration';
import type { Tenant } from '../model/tenant';
import type { Log, TokenProvider } from '../ports';
import { readAccesses, writeAccess } from '../store/access';
import type { TenantOutcome } from '../sync/run/tenantRun';
import { accessInPart, accessWhenWhole } from './accessAfter';
import type { CheckDeps } from './check/checkTenant';
import { probeRegistrations } from './check/checkTenant';
import { cureFor } from './cures';
import { heldPermissions } from './heldPermissions';
import { scopeOf } from './links';
import type { AccessByRegistration } from './overallAccess';
import { apiOf, missingNeeds, needsOf, permissionText } from './permissions';
import { registrationIn } from './registrationIn';

export interface TendDeps extends CheckDeps {
  readonly heldTokens: Pick<TokenProvider, 'getToken' | 'forget'>;
  readonly log: Log;
}

/** What reading alone cannot tell of a tenant's access. */
export interface AccessTending {
  /** After each run; what goes wrong here is logged and changes nothing. */
  afterRun(tenant: Tenant, outcome: Pick<TenantOutcome, 'state' | 'code'>): Promise<void>;
}

/** Registrations beside the one that reads are probed as rarely as a blocked tenant. */
const lookEveryMs = 15 * 60_000;

interface Tended {
  /** Tells one token from the next; the token itself is kept in one place alone. */
  readonly expiresAtMs: number;
  /** By the monotonic count. */
  readonly lookedAtMs: number;
}

/**
 * Follows what the tokens of runs allow beside reading, and probes now and then the registrations that no run uses, so that those heal
 * without hands, too. The token of a refused run is forgotten: the next probe must not be refused for what was granted since.
 */
export const createAccessTending = (deps: TendDeps): AccessTending => {
  const tended = new Map<string, Tended>();
  const { clock, heldTokens, log } = deps;

  const tend = async (tenant: Tenant): Promise<void> => {
    const { tenantId, backend, cloud } = tenant;
    const scope = scopeOf(cloud, apiOf(backend)) ?? '';
    const { token, expiresAtMs } = await heldTokens.getToken(tenant, registrationFor(backend), scope);
    const known = tended.get(tenantId);
    const isDue = known === undefined || clock.elapsedMs() - known.lookedAtMs >= lookEveryMs;
    if (!isDue && known.expiresAtMs === expiresAtMs) return;
    tended.set(tenantId, { expiresAtMs, lookedAtMs: isDue ? clock.elapsedMs() : known.lookedAtMs });
    const accesses = await readAccesses(tenantId, deps.incidents);
    await followToken(deps, tenant, accesses, token);
    if (isDue) await probeOthers(deps, tenant, accesses);
  };

  return {
    afterRun: async (tenant, { state, code }) => {
      const { tenantId, backend, cloud } = tenant;
      if (state === 'failed' && code === 'ERR_CONSENT')
        heldTokens.forget(tenant, registrationFor(backend), scopeOf(cloud, apiOf(backend)) ?? '');
      if (state !== 'complete' && state !== 'cut') return;
      try {
        await tend(tenant);
      } catch (error) {
        const fields = { tenantId, reason: messageOf(error), code: error instanceof AppError ? error.code : undefined };
        log.warn('access not looked after', fields);
      }
    },
  };
};

const followToken = async (
  { config, incidents, clock }: TendDeps,
  tenant: Tenant,
  accesses: AccessByRegistration,
  token: string,
): Promise<void> => {
  const { tenantId, backend } = tenant;
  const name = registrationFor(backend);
  const api = apiOf(backend);
  const before = accesses.get(name);
  const held = heldPermissions(token, 'application');
  if (before === undefined || held === undefined || !isOpen(before)) return;
  const missing = missingNeeds(needsOf(name, api), 'application', held.permissions);
  const permission = permissionText(api, 'application', missing);
  const lacking = { reason: 'roleMissing', code: 'ERR_CONSENT' } as const;
  const cure = cureFor('roleMissing', tenantId, { ...registrationIn(config, tenant), api, permission });
  const after =
    missing.length === 0
      ? accessWhenWhole(before, clock.now())
      : accessInPart(before, { ...lacking, ...cure }, clock.now());
  if (after !== before) await writeAccess(tenantId, incidents, after, name);
};

const probeOthers = async (deps: TendDeps, tenant: Tenant, accesses: AccessByRegistration): Promise<void> => {
  const nowMs = deps.clock.now();
  const due = [...accesses]
    .filter(([name, access]) => name !== registrationFor(tenant.backend) && isProbed(access, nowMs))
    .map(([name]) => name);
  if (due.length > 0) await probeRegistrations(deps, tenant, accesses, new Set<RegistrationName>(due));
};

const isOpen = ({ state }: Access): boolean => state === 'granted' || state === 'partial';

const isProbed = ({ state, blockedUntil }: Access, nowMs: number): boolean =>
  (state === 'blocked' || state === 'partial') && (blockedUntil === null || Date.parse(blockedUntil) <= nowMs);
