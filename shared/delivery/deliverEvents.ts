import type { IncidentState } from '../ticketing/rules/deliveryPlan';
import type { EventSender } from '../ticketing/connector';
import { passesFilter } from '../ticketing/rules/passesFilter';
import { sendable } from '../ticketing/rules/sendable';
import { withoutPaths } from '../incidents/withoutPaths';
import { keyOf } from '../ticketing/rules/keyOf';
import type { FoundLink, Link } from '../model/link';
import { newLink } from '../model/link';
import { isHeld } from '../store/links';
import type { StoredEvent } from '../store/outbox';
import { eventBody } from '../store/outbox';
import { afterEvent } from './afterEvent';
import { delivered, superseded } from './afterTry';
import { callTarget } from './callTarget';
import type { LaneDeps } from './laneDeps';
import type { LaneFacts } from './laneFacts';
import { readIncident } from './laneFacts';
import type { LaneResult } from './laneResult';
import { heldLink, writeLane } from './laneWriter';
import { isDue } from './isDue';
import { settleFailure } from './settleFailure';
import { toCloudEvent } from './toCloudEvent';

/**
 * Sends every version that waits, oldest first, each as it was; the first that fails keeps the others waiting.
 * @param found the lane's link, read before `facts.events`: read after them, it would be free again where another attempt has just sent them
 */
export const deliverEvents = async (
  deps: LaneDeps,
  facts: LaneFacts,
  found: FoundLink | undefined,
  connect: () => EventSender,
): Promise<LaneResult> => {
  const { lane, by, tenant, events, untilMs } = facts;
  const { tenantId, targetId, incidentId } = lane;
  if (found !== undefined && isHeld(found)) return busy;
  const newest = await readIncident(deps, tenant, incidentId);
  const held = heldLink(deps.incidents, tenantId, found, by);
  let link = found?.link ?? newLink(tenantId, targetId, incidentId);
  let isUpAgain = false;
  for (const stored of events) {
    const body = await bodyOf(deps, facts, stored, newest);
    const because = body === undefined ? 'The incident is not stored any more.' : unwanted(facts, stored, body);
    if (body === undefined || because !== undefined) {
      const change = superseded(deps.clock.now(), because ?? '');
      await writeLane(deps.incidents, { links: [], events: [{ stored, change }], journal: [] });
      continue;
    }
    const isLate = deps.clock.elapsedMs() > untilMs;
    const isProbe = facts.isProbe && stored === events[0];
    if (isLate || !(isProbe || isDue(stored.event, facts.state, deps.clock.now()))) {
      if (held.isHeld) await writeLane(deps.incidents, { links: [{ held, link }], events: [], journal: [] });
      return { ...(isLate ? more : waiting), ...(isUpAgain ? { isUpAgain } : {}) };
    }
    if (!held.isHeld) {
      link = await withTicket(deps, facts, link);
      await held.hold(link);
    }
    const text = JSON.stringify(toCloudEvent(stored.event, sendable(body.body, facts.connection.contract.send)));
    const called = await callTarget(deps, facts, () => connect().send({ id: stored.event.eventId, body: text }));
    isUpAgain ||= called.isUpAgain;
    if (called.ok) {
      const change = delivered(stored, deps.clock.now(), called.value.status);
      link = afterEvent(link, body, deps.clock.now());
      const links = stored === events.at(-1) ? [{ held, link }] : [];
      await writeLane(deps.incidents, { links, events: [{ stored, change }], journal: [] });
      continue;
    }
    const settled = await settleFailure(deps, facts, stored, called);
    await writeLane(deps.incidents, { links: [{ held, link }], events: settled.events, journal: [] });
    const isMore = settled.result.outcome === 'done' && stored !== events.at(-1);
    return { ...settled.result, ...(isMore ? more : {}), ...(isUpAgain ? { isUpAgain } : {}) };
  }
  if (held.isHeld) await writeLane(deps.incidents, { links: [{ held, link }], events: [], journal: [] });
  return { outcome: 'done', ...(isUpAgain ? { isUpAgain } : {}) };
};

const busy: LaneResult = { outcome: 'busy', againInMs: 5_000 };
const more: LaneResult = { outcome: 'more', againInMs: 0 };
const waiting: LaneResult = { outcome: 'waiting' };

/** As it was in that version; where that was not kept, as it is now. */
const bodyOf = async (
  { bodies }: LaneDeps,
  { tenant }: LaneFacts,
  stored: StoredEvent,
  newest: IncidentState | undefined,
): Promise<IncidentState | undefined> => {
  const own = await eventBody(stored, bodies);
  if (own === undefined || newest === undefined) return newest;
  const { severity, status, classification, determination, assignedTo } = own;
  const said = Object.entries({ severity, status, classification, determination, assignedTo }).filter(
    ([, value]) => typeof value === 'string' || value === null,
  );
  const header = { ...newest.header, ...Object.fromEntries(said) };
  return { header, version: stored.event.version, body: withoutPaths(own, tenant.contract.never) };
};

/** Before anything is sent: whoever is told may answer at once, and its ticket leads to the incident by then. */
const withTicket = async (deps: LaneDeps, { lane, connection }: LaneFacts, link: Link): Promise<Link> => {
  const { tenantId, incidentId } = lane;
  const ticketId = keyOf(tenantId, incidentId);
  const [known] = link.tickets;
  // One from before its connection was removed and put again: what led to it may be gone.
  if (known !== undefined && known.createdAt >= connection.createdAt) return link;
  await deps.tickets.put(connection, ticketId, { tenantId, incidentId });
  if (known !== undefined) return link;
  const createdAt = new Date(deps.clock.now()).toISOString();
  const names = { ticketId, number: ticketId, url: null };
  return { ...link, tickets: [{ ...names, generation: 1, state: 'open', createdAt, version: null }] };
};

const unwanted = (
  { connection, tenant }: LaneFacts,
  { event }: StoredEvent,
  incident: IncidentState,
): string | undefined => {
  if (event.isReplay) return undefined;
  if (!connection.outbound.events.includes(event.type)) return `The connection does not want ${event.type} events.`;
  return passesFilter(connection.filters, incident, tenant) ? undefined : 'It does not pass the filter.';
};
