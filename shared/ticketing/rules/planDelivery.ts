import type { JournalEntry } from '../../model/conflict';
import type { Link, LinkedTicket } from '../../model/link';
import { isOpen } from '../../model/incident';
import { toTime7 } from '../../model/time7';
import { breakerTrips } from './breaker';
import { currentTicket, withState } from './currentTicket';
import type { DeliveryInput, DeliveryPlan, NothingPlan, Refusal } from './deliveryPlan';
import { isInDoubt } from './inDoubt';
import { journalEntry } from './journalEntry';
import { makeStormTicket, makeTicket } from './makeTicket';
import { passesFilter } from './passesFilter';
import { isMergedAway, planMerge } from './planMerge';
import { joinStorm, tellStorm } from './planStorm';
import { isHigh } from './severity';
import { isDone, isResolved } from './status';
import { tellTicket } from './tellTicket';

const staleMs = 60 * 60_000;
const soonMs = 60_000;

/**
 * What a lane does next. Pure: the same input gives the same plan, with the same keys and write ids, so that whatever is tried again
 * says the same.
 */
export const planDelivery = (input: DeliveryInput): DeliveryPlan => {
  const { link, incident, now } = input;
  if (link.suspended !== null) return nothing(link, 'the link is stopped until an Analyst lets it go on');
  if (isOutOfDate(input))
    return nothing(link, 'a newer version of the incident exists than is stored', later(now, soonMs));
  if (isMergedAway(incident.header)) return planMerge(input);
  const ticket = currentTicket(link);
  if (ticket === undefined) return planFirst(input);
  if (link.storm !== null) return isHigh(incident.header.severity) ? makeTicket(input) : tellStorm(input, ticket);
  if (ticket.state === 'deleted') return planAfterDeletion(input, link);
  if (ticket.state === 'absorbed') return nothing(reached(input), 'its ticket was closed when it was merged');
  return planUpdate(input, ticket);
};

/** A write of ours has shown a newer version: what is stored would undo it. After an hour the stored one counts again. */
const isOutOfDate = ({ link, incident, now }: DeliveryInput): boolean =>
  link.seen !== undefined && incident.version < link.seen && Date.parse(now) - Date.parse(link.seen) < staleMs;

const planFirst = (input: DeliveryInput): DeliveryPlan => {
  const { connection, events, incident, tenant, now, isBacklog = false, storm } = input;
  const skip = (because: string): NothingPlan => nothing(reached(input), because);
  if (isBacklog && !isOpen(incident.header.status)) return skip('it is not open, and only open ones were asked for');
  const since = toTime7(connection.since) ?? connection.since;
  const wanted = events.filter(
    ({ type, version }) => connection.outbound.events.includes(type) && (isBacklog || version >= since),
  );
  const [first] = wanted;
  if (first === undefined) return skip('no event of a kind and time that the connection asks for');
  if (!passesFilter(connection.filters, incident, tenant)) return skip('the filters leave it out');
  const settled = Date.parse(first.version) + connection.settleSeconds * 1_000;
  if (!isBacklog && settled > Date.parse(now))
    return nothing(input.link, 'it settles first', new Date(settled).toISOString());
  if (storm === null || isHigh(incident.header.severity)) return makeTicket(input);
  return storm.ticket === undefined ? makeStormTicket(input, storm) : joinStorm(input, storm.key, storm.ticket);
};

/** Followed whatever the filter says by now. */
const planUpdate = (input: DeliveryInput, ticket: LinkedTicket): DeliveryPlan => {
  const { connection, events, now } = input;
  if (events.length > 0 && !events.some(({ type }) => connection.outbound.events.includes(type)))
    return nothing(reached(input), 'no event of a kind that the connection asks for');
  const { change, isEmpty, link: after } = tellTicket(input, ticket);
  if (isEmpty) return nothing(after, 'the ticket says all of it');
  const trips = breakerTrips(after.applied, Date.parse(now));
  if (trips !== undefined && (change.status ?? change.assignee) !== undefined) return stopped(input, trips);
  return {
    do: 'update',
    ticketId: ticket.ticketId,
    change,
    journal: [],
    after: () => after,
    otherwise: (refusal) => planOtherwise(input, ticket, refusal, after),
  };
};

const planOtherwise = (input: DeliveryInput, ticket: LinkedTicket, refusal: Refusal, after: Link): DeliveryPlan => {
  if (refusal === 'ticketGone') {
    const link = { ...input.link, tickets: withState(input.link.tickets, 'deleted') };
    const plan = planAfterDeletion({ ...input, link }, link);
    return { ...plan, journal: [...plan.journal, deletion(input, ticket)] };
  }
  const { status } = tellTicket(input, ticket).change;
  const closed = withState(input.link.tickets, 'closed');
  // What could not be said is still to be said, should there be another ticket.
  if (status === undefined || isDone(status))
    return nothing({ ...after, tickets: closed, comments: input.link.comments }, 'the ticket is closed for good');
  // Its people closed it just now: what that means is decided when their word arrives. Unless it was we who did, and heard no answer.
  const { status: known = null } = input.link.base;
  if (known !== null && !isResolved(known) && !mayBeClosedByUs(input.link)) return planClosed(input, ticket);
  const link = { ...input.link, tickets: closed };
  return makeTicket({ ...input, link }, 'it is closed, and its incident was opened again');
};

const mayBeClosedByUs = (link: Link): boolean =>
  isInDoubt(link, 'status') &&
  link.ledger.some(({ side, field, value }) => side === 'ticket' && field === 'status' && value === 'resolved');

/** What a tool may still take for a ticket that stays closed. */
const planClosed = (input: DeliveryInput, ticket: LinkedTicket): DeliveryPlan => {
  const { change, isEmpty, link } = tellTicket(input, ticket, true);
  const after = { ...link, tickets: withState(link.tickets, 'closed') };
  const unsaid = { ...reached(input), tickets: after.tickets };
  if (isEmpty) return nothing(after, 'the ticket was closed by its people');
  return {
    do: 'update',
    ticketId: ticket.ticketId,
    change,
    journal: [],
    after: () => after,
    otherwise: (refusal) =>
      refusal === 'ticketGone'
        ? planOtherwise(input, ticket, refusal, after)
        : nothing(unsaid, 'the ticket was closed by its people, and takes no more'),
  };
};

/**
 * Who deletes a ticket means it, mostly, so it is not made again; but a grave incident that is open must not vanish by a slip of the
 * hand, so that one is made once more. A second deletion is respected.
 */
const planAfterDeletion = (input: DeliveryInput, link: Link): DeliveryPlan => {
  const { incident } = input;
  const deletions = link.tickets.filter(({ state }) => state === 'deleted').length;
  if (deletions === 1 && isOpen(incident.header.status) && isHigh(incident.header.severity))
    return makeTicket({ ...input, link }, 'it was deleted while its incident of high severity is open');
  return nothing({ ...link, version: incident.version }, 'its ticket was deleted');
};

const deletion = ({ link, now }: DeliveryInput, { ticketId, number }: LinkedTicket): JournalEntry =>
  journalEntry(link, `deleted ${ticketId}`, {
    kind: 'overruled',
    at: now,
    because: `Ticket ${number} is gone from its tool.`,
    state: 'noted',
  });

const stopped = ({ link, now }: DeliveryInput, because: string): NothingPlan => ({
  ...nothing({ ...link, suspended: { since: now, because } }, because),
  journal: [
    journalEntry(link, `stopped ${now}`, {
      kind: 'suspended',
      at: now,
      side: 'defender',
      because: `Nothing crosses any more: ${because}.`,
    }),
  ],
});

const nothing = (link: Link, because: string, retryAt?: string): NothingPlan => ({
  do: 'nothing',
  because,
  link,
  journal: [],
  ...(retryAt === undefined ? {} : { retryAt }),
});

const reached = ({ link, incident }: DeliveryInput): Link => ({ ...link, version: incident.version });

const later = (now: string, ms: number): string => new Date(Date.parse(now) + ms).toISOString();
