import { AppError, AuthError, ConflictError, ConsentError, NotFoundError, RequestError } from '../errors';
import { ThrottledError, UpstreamError } from '../errors';
import type { Connection } from '../model/connection';
import { allTenants, targetIdOf } from '../model/connection';
import type { FoundLink } from '../model/link';
import type { Tenant } from '../model/tenant';
import { toTicks } from '../model/time7';
import { isHeld, linkStore, toLinkRow } from '../store/links';
import type { TenantLane } from '../store/openLanes';
import type { Applied, ApplyDeps, GivenEvent } from './applied';
import { again, settled } from './applied';
import type { HeldEvent } from './carryOut';
import { carryOut } from './carryOut';
import { findLink } from './findLink';
import { WritingShut } from './openWriter';
import { AccountAway } from './ownAccounts';

/** A write of ours is over in a second, mostly, and its ticket tells of it sooner. */
const shortestHeldWaitMs = 1_000;
const longestHeldWaitMs = 10_000;
const overtakenWaitMs = 2_000;
const outageWaitMs = 60_000;
/** The answer to its creation may be lost: then it is looked for at the next try. */
const makingWaitMs = 5 * 60_000;
/** A shut door is tried every quarter of an hour. */
const shutWaitMs = 15 * 60_000;

/**
 * Carries what happened to a ticket into its incident, as far as the rules allow: live state first, one PATCH, comments, then link, journal
 * and audit in one batch. One at a time for each link. Every step bears being done again: tried again under the same `seed` it has one
 * effect, whatever broke off in between.
 * @throws what is a bug, or cannot be read; whatever passes or has to wait is told as `again` or `off`
 */
export const applyEvent = async (deps: ApplyDeps, given: GivenEvent): Promise<Applied> => {
  try {
    return await takeIn(deps, given);
  } catch (error) {
    const wait = waitAfter(error);
    if (wait === undefined) throw error;
    return wait;
  }
};

const takeIn = async (deps: ApplyDeps, given: GivenEvent): Promise<Applied> => {
  const { connection, event } = given;
  const named = await deps.tickets.find(connection, event.ticketId);
  if (named === undefined) return settled('noTicket');
  const { tenantId, incidentId } = named;
  if (!serves(connection, tenantId)) return settled('notServed');
  const tenant = await deps.registry.get(tenantId);
  if (tenant === undefined) return settled('tenantGone');
  if (!tenant.enabled) return { is: 'off', tenantId };
  // Before Defender is asked for anything: while the tool is away, what waits for it costs no calls there.
  const ownAccount = event.actor === null ? null : await deps.ownAccountOf(connection);
  const lane = { tenantId, targetId: targetIdOf(connection), incidentId };
  const found = await findLink(deps.incidents, lane, event.ticketId);
  if (found === undefined)
    return (await isBeingMade(deps, lane)) ? again(makingWaitMs, 'its ticket is being made') : settled('noLink');
  if (isHeld(found)) return again(heldWaitMs(found), 'another delivery of this ticket is under way');
  return holding(deps, tenant, found, { ...given, ownAccount });
};

/** As long again as it has been held, by the storage's own times: 1, 1, 2, 4, 8 seconds, and then ten each. */
const heldWaitMs = ({ readAt, writtenAt }: FoundLink): number => {
  if (readAt === undefined) return longestHeldWaitMs;
  const heldMs = Number((toTicks(readAt) - toTicks(writtenAt)) / 10_000n);
  return Math.min(Math.max(heldMs, shortestHeldWaitMs), longestHeldWaitMs);
};

/** A row of the index that points nowhere is a hint of something that was never finished, or of a ticket that is there and not linked yet. */
const isBeingMade = async (
  { incidents }: ApplyDeps,
  { tenantId, targetId, incidentId }: TenantLane,
): Promise<boolean> => {
  const own = await linkStore(tenantId, incidents).get(targetId, incidentId);
  return own !== undefined && own.link.intent !== null;
};

/** Whose tickets a connection may speak of: the index is its own, and still only its tenants' incidents are touched. */
const serves = ({ scope, excludeTenants }: Connection, tenantId: string): boolean =>
  scope === allTenants ? !excludeTenants.includes(tenantId) : scope === tenantId;

const holding = async (
  deps: ApplyDeps,
  tenant: Tenant,
  found: FoundLink,
  given: GivenEvent & Pick<HeldEvent, 'ownAccount'>,
): Promise<Applied> => {
  const { incidents } = deps;
  const heldFromMs = deps.clock.elapsedMs();
  const links = linkStore(tenant.tenantId, incidents);
  const etag = await links.claim(found.link, found.etag, deps.randomId());
  try {
    return await carryOut(deps, { ...given, tenant, link: found.link, etag, heldFromMs });
  } catch (error) {
    // Whoever comes next need not wait until the claim is void. Where this fails, too, it is void after a while.
    const freed = { kind: 'replace', row: toLinkRow(found.link, null), etag } as const;
    await incidents.write(freed).catch(() => undefined);
    throw error;
  }
};

/** Undefined for what waiting does not mend. */
const waitAfter = (error: unknown): Applied | undefined => {
  if (!(error instanceof AppError) || error instanceof RequestError) return undefined;
  if (error instanceof WritingShut) return again(error.retryAfterMs, 'the tenant does not let us write');
  if (error instanceof AccountAway) return again(error.retryAfterMs, 'the tool does not tell our account');
  if (error instanceof ThrottledError) return again(error.retryAfterMs, 'the tenant’s calls are used up');
  if (error instanceof ConsentError || error instanceof AuthError)
    return again(shutWaitMs, 'the tenant does not let us write');
  if (error instanceof ConflictError || error instanceof NotFoundError)
    return again(overtakenWaitMs, 'another was faster');
  return error instanceof UpstreamError ? again(outageWaitMs, 'a service did not answer') : undefined;
};
