import type { Link } from '../model/link';
import type { DeliveryPlan, IncidentState } from '../ticketing/rules/deliveryPlan';
import { planDelivery } from '../ticketing/rules/planDelivery';
import { adopt, withRest } from './adopt';
import { deliveryInput, isoNow } from './deliveryInput';
import { indexTickets } from './indexTickets';
import { readSurvivor } from './laneFacts';
import type { LaneResult } from './laneResult';
import { refusalOf } from './refusalOf';
import type { TicketAttempt } from './ticketAttempt';

/** The link once it is known what became of a ticket that an earlier attempt was making; or how this attempt ended with that. */
export const takeUpIntent = async (
  attempt: TicketAttempt,
  incident: IncidentState,
  stored: Link,
): Promise<{ readonly link: Link } | { readonly ended: LaneResult }> => {
  const { deps, facts, held } = attempt;
  if (stored.intent === null) return { link: stored };
  const { key, then } = stored.intent;
  // Who goes into a storm's ticket looks for it in any case, and is listed once.
  if (then?.storm === key) return { link: { ...stored, intent: null } };
  await held.hold(stored);
  const called = await attempt.call((connector) => connector.find(key));
  if (!called.ok) return { ended: await attempt.fail(stored, called) };
  const ref = called.value;
  if (ref === undefined) return { link: { ...stored, intent: null } };
  const now = isoNow(deps.clock);
  const adopted = adopt(stored, ref, now, await planWithout(attempt, incident, stored));
  attempt.isAdopted = true;
  await indexTickets(deps, facts, adopted.link, stored);
  const { rest } = adopted;
  if (rest === null) return { link: adopted.link };
  const said = await attempt.call((connector) => connector.update(ref.ticketId, rest));
  if (said.ok) return { link: withRest(adopted.link, rest, now) };
  if (refusalOf(said) === undefined)
    return { ended: await attempt.fail(said.failure.kind === 'content' ? adopted.unsaid : stored, said) };
  // Closed or deleted since, or closed for good by that attempt: what becomes of it is planned like that of any ticket that takes no more.
  return { link: adopted.unsaid };
};

/** What would be done with a link if no ticket had been tried. */
const planWithout = async (
  { deps, facts }: TicketAttempt,
  incident: IncidentState,
  link: Link,
): Promise<DeliveryPlan> => {
  const survivor = await readSurvivor(deps, facts.lane, incident.header.redirectIncidentId);
  return planDelivery(deliveryInput(deps.clock, facts, incident, { ...link, intent: null }, survivor));
};
