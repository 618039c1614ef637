import type { Link } from '../model/link';
import { newLink } from '../model/link';
import { isHeld, linkStore } from '../store/links';
import type { Connector } from '../ticketing/connector';
import type { IncidentState } from '../ticketing/rules/deliveryPlan';
import { superseded } from './afterTry';
import { carryOut } from './carryOut';
import type { LaneDeps } from './laneDeps';
import type { LaneFacts } from './laneFacts';
import { readIncident } from './laneFacts';
import type { LaneResult } from './laneResult';
import { busy } from './laneResult';
import { planStep } from './planStep';
import { takeUpIntent } from './takeUpIntent';
import type { TicketAttempt } from './ticketAttempt';
import { createTicketAttempt } from './ticketAttempt';

/** Events of one batch, beside links and journal. */
const maxEvents = 80;
/** A merge takes a few steps; more than that is a circle. */
const maxSteps = 6;

/** Brings the ticket to the newest state of its incident: all that waits is said with it. */
export const deliverTicket = async (
  deps: LaneDeps,
  facts: LaneFacts,
  connect: () => Connector,
): Promise<LaneResult> => {
  const { lane, tenant } = facts;
  const { tenantId, targetId, incidentId } = lane;
  const [found, incident] = await Promise.all([
    linkStore(tenantId, deps.incidents).get(targetId, incidentId),
    readIncident(deps, tenant, incidentId),
  ]);
  if (found !== undefined && isHeld(found)) return busy;
  const events = facts.events.slice(-maxEvents);
  const attempt = createTicketAttempt(deps, { ...facts, events }, connect, found);
  if (incident === undefined) {
    const change = superseded(deps.clock.now(), 'The incident is not stored any more.');
    const changes = events.map((stored) => ({ stored, change }));
    return attempt.end([], changes, []);
  }
  const taken = await takeUpIntent(attempt, incident, found?.link ?? newLink(tenantId, targetId, incidentId));
  if ('ended' in taken) return taken.ended;
  // Asked for by a person: as if the ticket had never been told.
  const isReplay = events.some(({ event }) => event.isReplay);
  return deliverState(attempt, incident, isReplay ? { ...taken.link, told: null, version: null } : taken.link);
};

/** Step by step: a merge takes several, and what a tool refuses is done in another way. */
const deliverState = async (attempt: TicketAttempt, incident: IncidentState, link: Link): Promise<LaneResult> => {
  let step = await planStep(attempt, incident, link);
  for (let steps = 1; ; steps += 1) {
    if ('ended' in step) return step.ended;
    const next = await carryOut({ ...step, isLast: steps >= maxSteps });
    if ('ended' in next) return next.ended;
    step =
      'instead' in next
        ? { ...step, plan: next.instead, storm: next.storm }
        : await planStep(attempt, incident, next.link);
  }
};
