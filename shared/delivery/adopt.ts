import type { Link } from '../model/link';
import type { TicketChange, TicketContent, TicketRef } from '../model/ticket';
import { withState } from '../ticketing/rules/currentTicket';
import type { CreatePlan, DeliveryPlan } from '../ticketing/rules/deliveryPlan';
import { inDoubt } from '../ticketing/rules/inDoubt';
import { withWritten } from '../ticketing/rules/withWritten';

/** In place of a ticket's names while it is being made. */
export const unnamed: TicketRef = { ticketId: '', number: '', url: null };

const generationOf = (key: string, { tenantId, incidentId }: Link): number => {
  const rest = key.startsWith(`${tenantId}:${incidentId}:`) ? key.slice(`${tenantId}:${incidentId}:`.length) : '1';
  return /^\d+$/.test(rest) ? Number(rest) : 1;
};

/** What stands in the row before the call: if it is still there later, the ticket may exist, and its echo is known. */
export const withIntent = (link: Link, key: string, now: string, after: (ref: TicketRef) => Link): Link => {
  const then: Omit<Link, 'intent'> = after(unnamed);
  return { ...link, ledger: then.ledger, intent: { key, at: now, then } };
};

/** A ticket that an earlier attempt made, and what that attempt may not have come to say. */
export interface Adopted {
  readonly link: Link;
  /** Null: all of it was said when the ticket was made. */
  readonly rest: TicketChange | null;
  /** The link where the ticket does not take the rest: its comments, state and assignee are still to be said. */
  readonly unsaid: Link;
}

/**
 * The link once the ticket that an earlier attempt was making is found. Several tools write comments and state after the ticket is there,
 * so these are said once more, as they are now; comments that came through are known to the tool by their markers. The words that every
 * tool takes in one with the ticket (title, description, severity …) are those the attempt foresaw.
 * @param plan what would be done with `link` if nothing had been tried
 */
export const adopt = (link: Link, ref: TicketRef, now: string, plan: DeliveryPlan): Adopted => {
  const { intent } = link;
  if (intent === null) return { link, rest: null, unsaid: link };
  const create = createOf(plan, intent.key);
  const before = foreseen(link, intent, ref, now);
  // What it was to say besides is not known any more: its comments are said with the next change.
  if (create === undefined) return { link: { ...before, comments: link.comments }, rest: null, unsaid: before };
  const { told, version, storm } = before;
  const after: Link = { ...create.after(ref), told, version, storm, intent: null };
  const rest = restOf(create.content, before, after);
  return { link: after, rest, unsaid: withoutRest({ ...after, comments: link.comments }, rest, now) };
};

/** The link once the rest is said: written over whatever the ticket's people had set since it was made. */
export const withRest = (link: Link, { status, assignee }: TicketChange, now: string): Link => {
  const { base } = link;
  const written = [
    ...(status === undefined ? [] : [{ field: 'status' as const, value: base.status ?? null, word: status }]),
    ...(assignee === undefined
      ? []
      : [{ field: 'assignedTo' as const, value: base.assignedTo ?? null, word: assignee }]),
  ];
  return withWritten(link, written, Date.parse(now));
};

/** Not told its state, the ticket may be as open as it was made. */
const withoutRest = (link: Link, rest: TicketChange | null, now: string): Link => {
  if (rest === null) return link;
  const tickets = rest.status === undefined ? link.tickets : withState(link.tickets, 'open');
  return inDoubt({ ...link, tickets }, rest, now);
};

/** The create that an earlier attempt was at, also where it came to it only because a ticket took no more. */
const createOf = (plan: DeliveryPlan, key: string): CreatePlan | undefined => {
  const otherwise = 'otherwise' in plan ? [plan.otherwise('ticketClosed'), plan.otherwise('ticketGone')] : [];
  for (const each of [plan, ...otherwise]) if (each.do === 'create' && each.content.key === key) return each;
  return undefined;
};

const foreseen = (link: Link, intent: NonNullable<Link['intent']>, ref: TicketRef, now: string): Link => {
  if (intent.then !== undefined) {
    const { tickets, ...rest } = intent.then;
    const named = tickets.map((ticket, at) => (at === tickets.length - 1 ? { ...ticket, ...ref } : ticket));
    return { ...rest, tickets: named, intent: null };
  }
  const generation = generationOf(intent.key, link);
  const ticket = { ...ref, generation, state: 'open' as const, createdAt: now, version: null };
  return { ...link, tickets: [...link.tickets, ticket], told: null, version: null, intent: null };
};

/** A ticket that was made new and is to be new is left in whatever state its people have brought it to since. */
const restOf = (content: TicketContent, before: Link, after: Link): TicketChange | null => {
  const { key, status, assignee, comments, closeCode } = content;
  const isNew = status === 'new' && before.base.status === after.base.status;
  if (isNew && assignee === undefined && comments.length === 0) return null;
  return {
    key,
    comments,
    ...(isNew ? {} : { status }),
    ...(assignee === undefined ? {} : { assignee }),
    ...(isNew || closeCode === undefined ? {} : { closeCode }),
  };
};
