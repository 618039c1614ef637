import type { Registration } from '../access/accessAfter';
import { accessAfterFailure, accessAfterSuccess } from '../access/accessAfter';
import { AuthError, ConsentError, ThrottledError } from '../errors';
import type { Access } from '../model/access';
import { registrationFor } from '../model/registration';
import type { Tenant } from '../model/tenant';
import type { CallPermits, Clock, IncidentWriter, Table, TenantTokens } from '../ports';
import { readAccessNow, writeAccess, writeWait } from '../store/access';
import type { HeardWaits } from '../sync/limits/heardWaits';
import type { WritePermits } from './writePermits';
import { WriteShareSpent } from './writePermits';

export interface WritingDeps {
  readonly incidents: Table;
  readonly clock: Clock;
  readonly waits: HeardWaits;
  readonly permitsFor: WritePermits;
  readonly writerFor: (
    tenant: Tenant,
    options: { readonly permits: CallPermits; readonly tokens?: TenantTokens },
  ) => IncidentWriter;
  /** As what the tenant meets the registration that writes, for the words of a cure. */
  readonly registrationOf: (tenant: Tenant) => Registration;
}

/** A shut door that is not tried again yet. */
export class WritingShut extends ThrottledError {}

/**
 * What writes to one tenant's incidents within its share of calls. A wait that Defender asks for is kept to and told from the moment it is
 * heard; what the registration that writes may do is kept in its access row, with the cure, and a shut door is tried every 15 minutes.
 * @param tokens a person's; what they may do says nothing of the registration
 * @throws WritingShut until the next try is due, unless `isAsked` by somebody
 */
export const openWriter = async (
  deps: WritingDeps,
  tenant: Tenant,
  { tokens, isAsked = false }: { readonly tokens?: TenantTokens; readonly isAsked?: boolean } = {},
): Promise<IncidentWriter> => {
  const { incidents, clock } = deps;
  const { tenantId } = tenant;
  const permits = deps.permitsFor(tenant);
  if (tokens !== undefined) return heeding(deps, tenant, deps.writerFor(tenant, { permits, tokens }), () => undefined);

  const found = await readAccessNow(tenantId, incidents, 'writer');
  const nowMs = (): number => found.nowMs ?? clock.now();
  const shutMs = msOf(found.access) - nowMs();
  if (found.access.state === 'blocked' && shutMs > 0 && !isAsked)
    throw new WritingShut('The tenant does not let us change its incidents', shutMs, { tenantId });
  let access = found.access;
  const keep = async (next: Access): Promise<void> => {
    if (next !== access) access = await writeAccess(tenantId, incidents, next, 'writer');
  };
  return heeding(deps, tenant, deps.writerFor(tenant, { permits }), async (error) => {
    if (error === undefined) await keep(accessAfterSuccess(access, nowMs()));
    else if (error instanceof ConsentError || error instanceof AuthError)
      await keep(accessAfterFailure(access, error, tenantId, deps.registrationOf(tenant), nowMs()));
  });
};

const msOf = ({ blockedUntil }: Access): number => (blockedUntil === null ? 0 : Date.parse(blockedUntil));

/** Hears of each change that was made, and of each call that failed. */
type OnOutcome = (error: unknown) => Promise<void> | undefined;

const heeding = (deps: WritingDeps, tenant: Tenant, writer: IncidentWriter, onOutcome: OnOutcome): IncidentWriter => {
  const heed = async <T>(call: () => Promise<T>, isChange: boolean): Promise<T> => {
    try {
      const result = await call();
      // Looking at an incident needs less than changing it.
      if (isChange) await onOutcome(undefined);
      return result;
    } catch (error) {
      if (error instanceof ThrottledError && !(error instanceof WriteShareSpent)) await hear(deps, tenant, error);
      await onOutcome(error);
      throw error;
    }
  };
  return {
    get: (incidentId) => heed(() => writer.get(incidentId), false),
    update: (incidentId, change) => heed(() => writer.update(incidentId, change), true),
    comment: (incidentId, text) => heed(() => writer.comment(incidentId, text), true),
  };
};

/** Kept to in this process at once, and told to the others; what cannot be told now is told by whoever looks next. */
const hear = async ({ waits, incidents }: WritingDeps, { tenantId, backend }: Tenant, wait: ThrottledError) => {
  waits.hear(tenantId, wait.retryAfterMs);
  const tell = (): Promise<void> =>
    waits.tell(tenantId, (leftMs) => writeWait(tenantId, incidents, leftMs, registrationFor(backend)));
  await tell()
    .catch(tell)
    .catch(() => undefined);
};
