import type { Link } from '../model/link';
import { newLink } from '../model/link';
import { isHeld } from '../store/links';
import type { DeliveryInput, DeliveryPlan, IncidentState } from '../ticketing/rules/deliveryPlan';
import { planDelivery } from '../ticketing/rules/planDelivery';
import { waitsUntil } from './afterTry';
import { deliveryInput, wantsFirstTicket } from './deliveryInput';
import { readSurvivor } from './laneFacts';
import type { LaneResult } from './laneResult';
import { busy } from './laneResult';
import type { HeldLink } from './laneWriter';
import { heldLink } from './laneWriter';
import { arrive } from './storm';
import type { JoinedStorm } from './stormTicket';
import { stormTicketOf } from './stormTicket';
import type { TicketAttempt } from './ticketAttempt';

/** One step of an attempt: a plan, and what it stands on. */
export interface PlannedStep {
  readonly attempt: TicketAttempt;
  readonly input: DeliveryInput;
  readonly plan: DeliveryPlan;
  readonly link: Link;
  readonly storm: JoinedStorm | undefined;
  readonly survivorHeld: HeldLink;
  /** As it was read, or new; undefined: no survivor is known. */
  readonly survivorLink: Link | undefined;
}

/** What follows a step: nothing · another plan for the same link · a new step with the link as it is by then. */
export type Followed =
  | { readonly ended: LaneResult }
  | { readonly instead: DeliveryPlan; readonly storm: PlannedStep['storm'] }
  | { readonly link: Link };

/** One step, and whether it is the last: then no other plan takes the place of one that is refused, for that would be a circle. */
export type Step = PlannedStep & { readonly isLast: boolean };

/** What is to be done with a link as it is now; or how the attempt ended, because that is not known yet. */
export const planStep = async (
  attempt: TicketAttempt,
  incident: IncidentState,
  link: Link,
): Promise<PlannedStep | { readonly ended: LaneResult }> => {
  const { deps, facts } = attempt;
  const { lane } = facts;
  const survivor = await readSurvivor(deps, lane, incident.header.redirectIncidentId);
  if (survivor?.found !== undefined && isHeld(survivor.found)) return { ended: await attempt.release(link, busy) };
  const survivorHeld = heldLink(deps.incidents, lane.tenantId, survivor?.found, facts.by);
  const survivorLink = survivor && (survivor.found?.link ?? newLink(lane.tenantId, lane.targetId, survivor.incidentId));
  const given = deliveryInput(deps.clock, facts, incident, link, survivor);
  const sighted = await sightStorm(attempt, given);
  if ('ended' in sighted) return sighted;
  const { input, storm } = sighted;
  const plan = planDelivery(storm === undefined ? input : { ...input, storm: storm.ticket });
  return { attempt, input, plan, link: input.link, storm, survivorHeld, survivorLink };
};

type Sighted =
  { readonly input: DeliveryInput; readonly storm: JoinedStorm | undefined } | { readonly ended: LaneResult };

/** Counts an incident that wants its first ticket, where its connection has a limit, and waits until it is known where that belongs. */
const sightStorm = async (attempt: TicketAttempt, given: DeliveryInput): Promise<Sighted> => {
  const { deps, facts, held } = attempt;
  const { connection, incident } = given;
  const { storm: limit } = connection;
  if (limit === undefined) return { input: given, storm: undefined };
  if (!wantsFirstTicket(given)) return { input: { ...given, link: unheard(given.link) }, storm: undefined };
  const found = await arrive(deps, connection, limit, given.link, incident.header.severity);
  const link: Link = { ...given.link, heardAt: found.heardAt };
  const input = { ...given, link };
  const links = held.isHeld || given.link.heardAt === undefined ? [{ held, link }] : [];
  const alone = planDelivery(input);
  const settledMs = alone.do === 'nothing' ? Date.parse(alone.retryAt ?? '') : 0;
  const untilMs = Math.max(found.knownAtMs, settledMs);
  if (untilMs > deps.clock.now()) {
    const waits = facts.events.map((stored) => ({ stored, change: waitsUntil(untilMs) }));
    const ended = await attempt.end(links, waits, []);
    return { ended: { ...ended, outcome: 'waiting', againInMs: untilMs - deps.clock.now() } };
  }
  if (found.storm === undefined) return { input, storm: undefined };
  const storm = await stormTicketOf(deps, connection, found.storm, facts.by, attempt.call);
  return storm === 'busy' ? { ended: { ...(await attempt.end(links, [], [])), ...busy } } : { input, storm };
};

/** Where it wants no ticket now, it comes anew when it does. */
const unheard = (link: Link): Link => {
  const { heardAt, ...rest } = link;
  return heardAt === undefined ? link : rest;
};
