import { fromAssignee, isSamePerson, toAssignee } from './assignees';
import type { InboundInput } from './inboundPlan';
import { incidentValues } from './incidentValues';
import { mayBeLeftOver } from './inDoubt';
import { echoOf } from './ledger';
import { mayBeOurs } from './mayBeOurs';
import { isAsBefore, isOld } from './order';
import type { Outcome } from './outcome';
import { defenderOverruled, noOutcome, proposal, ruleOf, said, sayingOf, ticketOverruled } from './outcome';
import { hindrance, proposes } from './permission';
import { weigh } from './weigh';

/** What a ticket's assignee comes to; people without an entry in the mapping are never written. */
export const takeAssignee = (input: InboundInput): Outcome => {
  const { connection, event, link, live, now } = input;
  const { assignee } = event;
  if (assignee === undefined || link.storm !== null) return noOutcome;
  const last = link.said?.assignedTo;
  if (isOld(last, event, assignee)) return { ...noOutcome, ignored: 'old' };
  const saying = sayingOf(input, 'assignedTo', assignee);
  if (mayBeOurs(input) && echoOf(link.ledger, saying, Date.parse(now)) !== undefined)
    return { ...noOutcome, ignored: 'echo' };
  const restated = last !== undefined && !last.isOverwritten && last.value === assignee;
  if (restated) return { ...noOutcome, said: said('assignedTo', assignee, input, false) };
  const isSaid = (owner: string | null): boolean =>
    (owner === null ? null : toAssignee(owner, connection.mapping)) === assignee;
  if (isAsBefore(link, 'assignedTo', Date.parse(event.occurredAt), isSaid))
    return { ...noOutcome, said: said('assignedTo', assignee, input, true) };

  const current = incidentValues(live.header).assignedTo;
  const wanted = ownerOf(assignee, current, input);
  // A person nobody mapped stays in the ticket; where there is nobody any more, the next owner is told in any case.
  if (wanted === undefined)
    return {
      ...noOutcome,
      base: assignee === null ? { assignedTo: null } : {},
      said: said('assignedTo', assignee, input, false),
    };
  if (wanted !== current && mayBeLeftOver(link, 'assignedTo', assignee, now)) return { ...noOutcome, resend: true };
  const base = link.base.assignedTo ?? null;
  const weighed = weigh(input, 'assignedTo', { said: wanted, base, now: current });
  const heard = { ...noOutcome, said: said('assignedTo', assignee, input, weighed.isOvertaken) };
  if (weighed.holds === 'same') return heard;
  if (weighed.holds === 'agreed') {
    if (weighed.isOvertaken && current === base) return noOutcome;
    // Nobody knows which of the two the ticket shows, so the next owner is told in any case.
    if (weighed.isOvertaken) return { ...noOutcome, base: { assignedTo: null }, resend: true };
    const setAt = current === base ? {} : { assignedTo: live.version };
    return { ...heard, base: { assignedTo: current }, setAt };
  }
  const entry = { field: 'assignedTo' as const, value: wanted, holds: current };
  if (weighed.holds === 'defender') {
    const isMapped = toAssignee(current, connection.mapping) !== undefined;
    const journal = [ticketOverruled(input, { ...entry, because: ruleOf(input, 'assignedTo') })];
    return { ...heard, base: { assignedTo: weighed.isOvertaken ? null : wanted }, resend: isMapped, journal };
  }
  const hindered = hindrance(input);
  if (hindered !== undefined) {
    const change = { assignedTo: wanted };
    if (proposes(input)) return { ...heard, journal: [proposal(input, { ...entry, because: hindered, change })] };
    return { ...heard, journal: [ticketOverruled(input, { ...entry, because: hindered })], ignored: 'notAllowed' };
  }
  const overruled = {
    field: 'assignedTo' as const,
    value: current,
    holds: wanted,
    because: ruleOf(input, 'assignedTo'),
  };
  return {
    ...heard,
    update: { assignedTo: wanted },
    base: weighed.isOvertaken ? {} : { assignedTo: wanted },
    journal: weighed.isConflict ? [defenderOverruled(input, overruled)] : [],
  };
};

/** Defender's owner of an assignee; null: nobody any more; undefined: none that may be written. Who never was in the ticket is not taken out by it. */
const ownerOf = (
  assignee: string | null,
  current: string | null,
  { connection, link }: InboundInput,
): string | null | undefined => {
  const { mapping } = connection;
  if (assignee !== null) return fromAssignee(assignee, current, mapping);
  return current === null || isSamePerson(current, link.base.assignedTo ?? null, mapping) ? null : undefined;
};
