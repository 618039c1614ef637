import { accessAfterFailure, accessInPart, accessWhenWhole } from '../access/accessAfter';
import { cureFor } from '../access/cures';
import { registrationIn } from '../access/registrationIn';
import { ConsentError } from '../errors';
import type { Config } from '../config';
import type { Access } from '../model/access';
import { consentLinkState } from '../model/consentLink';
import type { RegistrationName } from '../model/registration';
import type { Tenant } from '../model/tenant';
import type { Clock, Table } from '../ports';
import { readAccess, writeAccess } from '../store/access';
import type { FoundLink } from '../store/consentLinks';
import { consentLinks } from '../store/consentLinks';
import { continueKey } from '../store/continueKey';
import type { DueIndex } from '../store/due';
import type { TenantRegistry } from '../store/tenants';
import type { ConsentConfig } from './asked';
import { askedOf } from './asked';
import type { Refusal } from './callbackQuery';
import { consentAnswer } from './callbackQuery';
import type { ConsentState } from './consentState';
import { openState, skewMs, stateLifeMs } from './consentState';
import type { ProveDeps } from './proveConsent';
import { proveConsent } from './proveConsent';

export interface CallbackDeps extends ProveDeps {
  readonly config: ConsentConfig & Pick<Config, 'credential'>;
  readonly clock: Clock;
  readonly registry: Pick<TenantRegistry, 'get'>;
  readonly due: Pick<DueIndex, 'add'>;
  readonly storage: { readonly index: Table; readonly incidents: Table };
}

/** What became of one answer of Entra's. */
export type Outcome =
  /** Not ours, altered, too old, taken before, of a link that is over: nothing was done, and nobody learns which. */
  | { readonly kind: 'ignored' }
  /** By choice. */
  | { readonly kind: 'declined'; readonly tenant: Tenant; readonly raw: string }
  /** Entra could not go through with it. */
  | { readonly kind: 'failed'; readonly tenant: Tenant; readonly raw: string; readonly cure: string }
  | {
      readonly kind: 'granted';
      readonly tenant: Tenant;
      readonly registration: RegistrationName;
      /** Asked for beside the purpose, and not granted; null where all was. */
      readonly missing: string | null;
    }
  /** Entra says yes; its tokens do not show it yet, or Entra does not answer. */
  | { readonly kind: 'unconfirmed'; readonly tenant: Tenant }
  /** The tokens come, without a permission that is needed. */
  | { readonly kind: 'incomplete'; readonly tenant: Tenant; readonly permission: string }
  /** The tenant's side has something else to do first. */
  | { readonly kind: 'blocked'; readonly tenant: Tenant; readonly cure: string }
  /** The relay's own credential fails: nothing the tenant could mend. */
  | { readonly kind: 'ownFault'; readonly tenant: Tenant };

const ignored: Outcome = { kind: 'ignored' };

/**
 * Takes what Entra sent an administrator back with. Nothing in it is believed: the state has to be ours, fresh, unused and of an open link,
 * and whether the tenant let us in is asked of the tenant itself, by its own tokens. What comes out is written to the tenant's access.
 * @throws UpstreamError where storage is away
 */
export const takeCallback = async (deps: CallbackDeps, query: URLSearchParams): Promise<Outcome> => {
  const answer = consentAnswer(query);
  if (answer === undefined) return ignored;
  const state = openState(await continueKey(deps.storage.index), answer.state, deps.clock.now());
  if (state === undefined) return ignored;
  if (answer.refusal === undefined && answer.tenant !== state.tenantId) return ignored;
  const opened = await openLink(deps, state);
  if (opened === undefined) return ignored;
  if (!(await spendState(deps, state))) return ignored;
  return answer.refusal === undefined ? prove(deps, opened) : decline(deps, opened, answer.refusal);
};

interface Opened {
  readonly tenant: Tenant;
  readonly registration: RegistrationName;
  readonly found: FoundLink;
}

/** The state's link, if it still leads somewhere, and is the very one that the state was made for. */
const openLink = async (
  { storage, clock, registry }: CallbackDeps,
  { linkHash, tenantId, registration }: ConsentState,
): Promise<Opened | undefined> => {
  const found = await consentLinks(storage.index).find(linkHash);
  if (found === undefined) return undefined;
  const { link } = found;
  const isSame = link.tenantId === tenantId && link.registration === registration;
  if (!isSame || consentLinkState(link, clock.now()) !== 'open') return undefined;
  const tenant = await registry.get(tenantId);
  return tenant && { tenant, registration: link.registration, found };
};

const spendState = ({ storage }: CallbackDeps, { nonce, madeAtMs }: ConsentState): Promise<boolean> =>
  consentLinks(storage.index).spend(nonce, new Date(madeAtMs + stateLifeMs + skewMs).toISOString());

const prove = async (deps: CallbackDeps, opened: Opened): Promise<Outcome> => {
  const { tenant, registration, found } = opened;
  const { tenantId } = tenant;
  const proof = await proveConsent(deps, tenant, registration, askedOf(deps.config, tenant, registration).apis);
  if (proof.kind === 'unknown') {
    await changeAccess(deps, opened, probedNext);
    await makeDue(deps, tenant);
    return { kind: 'unconfirmed', tenant };
  }
  const facts = registrationIn(deps.config, tenant, registration);
  const nowMs = deps.clock.now();
  if (proof.kind === 'granted') {
    const { missing } = proof;
    if (!(await consentLinks(deps.storage.index).use(found, new Date(nowMs).toISOString()))) return ignored;
    const lacking = missing && { reason: 'roleMissing', code: 'ERR_CONSENT' };
    const words = missing && cureFor('roleMissing', tenantId, { ...facts, ...missing });
    await changeAccess(deps, opened, (access) =>
      lacking && words ? accessInPart(access, { ...lacking, ...words }, nowMs) : accessWhenWhole(access, nowMs),
    );
    await makeDue(deps, tenant);
    return { kind: 'granted', tenant, registration, missing: missing?.permission ?? null };
  }
  const { error, missing } = proof;
  const after = await changeAccess(deps, opened, (access) =>
    probedNext(accessAfterFailure(access, error, tenantId, { ...facts, ...missing }, nowMs)),
  );
  await makeDue(deps, tenant);
  if (!(error instanceof ConsentError)) return { kind: 'ownFault', tenant };
  if (error.reason === 'consentMissing') return { kind: 'unconfirmed', tenant };
  if (missing !== undefined) return { kind: 'incomplete', tenant, permission: missing.permission };
  return { kind: 'blocked', tenant, cure: after.cure ?? '' };
};

/** What was granted a moment ago may show at the next reading: that is not put off as the probe of a blocked tenant is. */
const probedNext = (access: Access): Access =>
  access.state === 'blocked' && access.blockedUntil !== null ? { ...access, blockedUntil: null } : access;

/** How OAuth says that a person said no, or could not say yes alone. */
const choices = ['consent_required', 'access_denied', 'permission_denied'];

/** Nothing is taken away by it: whoever holds a link must not be able to stop the reading of a tenant that let us in. */
const decline = async (deps: CallbackDeps, opened: Opened, { error, raw }: Refusal): Promise<Outcome> => {
  const { tenant, registration } = opened;
  const { tenantId } = tenant;
  const reason = error === 'invalid_resource' ? 'resourceMissing' : 'consentMissing';
  const refused = new ConsentError('The administrator did not consent', reason, raw, { tenantId });
  const facts = registrationIn(deps.config, tenant, registration);
  await changeAccess(deps, opened, (access) => {
    if (access.state === 'granted' || access.state === 'partial') return access;
    return accessAfterFailure(access, refused, tenantId, facts, deps.clock.now());
  });
  if (choices.includes(error)) return { kind: 'declined', tenant, raw };
  return { kind: 'failed', tenant, raw, cure: cureFor(reason, tenantId, facts, raw).cure };
};

const changeAccess = async (
  { storage }: CallbackDeps,
  { tenant: { tenantId }, registration }: Opened,
  change: (access: Access) => Access,
): Promise<Access> => {
  const before = await readAccess(tenantId, storage.incidents, registration);
  const after = change(before);
  if (after !== before) await writeAccess(tenantId, storage.incidents, after, registration);
  return after;
};

const makeDue = async ({ due, clock }: CallbackDeps, { tenantId, enabled }: Tenant): Promise<void> => {
  if (enabled) await due.add(tenantId, clock.now());
};
