import type { SyncedValues, TicketEvent, TicketStatus } from '../../model/ticket';
import type { InboundInput } from './inboundPlan';
import { incidentValues } from './incidentValues';
import { mayBeLeftOver } from './inDoubt';
import { echoOf } from './ledger';
import { mayBeOurs } from './mayBeOurs';
import { isAsBefore, isOld } from './order';
import type { Outcome } from './outcome';
import { defenderOverruled, noOutcome, proposal, ruleOf, said, sayingOf, ticketOverruled } from './outcome';
import { hindrance, proposes } from './permission';
import { fromTicketStatus, isDone, isResolved, toTicketStatus } from './status';
import type { Verdict } from './verdict';
import { weigh } from './weigh';

/** What a status of a ticket comes to, and whether what it says of the incident beside it counts. */
export interface StatusOutcome extends Outcome {
  /** `taken`: it moved, and holds · `held`: it moved, and does not hold · `unmoved`. */
  readonly moved: 'taken' | 'held' | 'unmoved';
}

/** The ticket's state after an event; undefined: it does not say. */
export const statusIn = ({ kind, status }: TicketEvent): TicketStatus | undefined => {
  if (status !== undefined) return status;
  if (kind === 'closed') return 'resolved';
  return kind === 'reopened' ? 'new' : undefined;
};

/** @param verdict that comes with it: part of what is proposed */
export const takeStatus = (input: InboundInput, verdict: Verdict): StatusOutcome => {
  const { event, link, live, now } = input;
  const word = statusIn(event);
  if (word === undefined) return { ...noOutcome, moved: 'unmoved' };
  const last = link.said?.status;
  if (isOld(last, event, word)) return { ...noOutcome, ignored: 'old', moved: 'unmoved' };
  if (mayBeOurs(input) && echoOf(link.ledger, sayingOf(input, 'status', word), Date.parse(now)) !== undefined)
    return { ...noOutcome, ignored: 'echo', moved: 'unmoved' };
  const restated = last !== undefined && !last.isOverwritten && last.value === word;
  if (restated) return { ...noOutcome, said: said('status', word, input, false), moved: 'unmoved' };
  if (isAsBefore(link, 'status', Date.parse(event.occurredAt), (value) => toTicketStatus(value) === word))
    return { ...noOutcome, said: said('status', word, input, true), moved: 'unmoved' };

  const current = incidentValues(live.header).status;
  const base = link.base.status ?? null;
  const wanted = fromTicketStatus(word, current);
  // That it was opened again only its people can have done.
  if (wanted !== current && event.kind !== 'reopened' && mayBeLeftOver(link, 'status', word, now))
    return { ...noOutcome, resend: true, moved: 'unmoved' };
  const { holds, isConflict, isOvertaken } = weigh(input, 'status', { said: wanted, base, now: current });
  const heard = { ...noOutcome, said: said('status', word, input, isOvertaken) };
  // Defender's own move may have been kept back while the ticket was closed.
  if (holds === 'same') return { ...heard, resend: current !== base, moved: 'unmoved' };
  if (holds === 'agreed') {
    const moved = current === base ? 'unmoved' : 'taken';
    // A late echo looks like this, too. Where our write was another, nobody knows which of the two the ticket shows.
    if (isOvertaken && current === base) return { ...noOutcome, moved };
    if (isOvertaken) return { ...noOutcome, base: { status: null }, resend: true, moved };
    // A new ticket beside an incident that somebody works on has still to be told so; unless it was closed, and is not any more.
    const isUntold = word === 'new' && toTicketStatus(current) !== word && !isResolved(base);
    const agreed: SyncedValues = isUntold ? {} : { status: current };
    // What the ticket says later, but said before Defender got there, is still the other side of a conflict.
    const setAt = isUntold || current === base ? {} : { status: live.version };
    return { ...heard, base: agreed, setAt, resend: isUntold && current !== base, moved };
  }
  const change = { status: wanted, ...(isDone(word) && verdict.classification !== null ? verdict : {}) };
  const entry = { field: 'status' as const, value: wanted, holds: current, change };
  if (holds === 'defender') {
    const journal = [ticketOverruled(input, { ...entry, because: ruleOf(input, 'status') })];
    // Overtaken, the ticket shows what we wrote, or this: nobody knows, so it is told in any case.
    return { ...heard, base: { status: isOvertaken ? null : wanted }, resend: true, journal, moved: 'held' };
  }
  const hindered = hindrance(input, { from: current, to: wanted });
  if (hindered !== undefined) {
    if (proposes(input))
      return { ...heard, journal: [proposal(input, { ...entry, because: hindered })], moved: 'held' };
    const journal = [ticketOverruled(input, { ...entry, because: hindered })];
    return { ...heard, journal, ignored: 'notAllowed', moved: 'held' };
  }
  const overruled = { field: 'status' as const, value: current, holds: wanted, because: ruleOf(input, 'status') };
  return {
    ...heard,
    update: wanted === null ? {} : { status: wanted },
    base: isOvertaken ? {} : { status: wanted },
    journal: isConflict ? [defenderOverruled(input, overruled)] : [],
    moved: 'taken',
  };
};
