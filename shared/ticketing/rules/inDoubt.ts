import type { LedgerEntry, Link } from '../../model/link';
import type { TicketChange } from '../../model/ticket';
import { fromAssignee } from './assignees';
import { currentTicket } from './currentTicket';
import type { InboundInput } from './inboundPlan';
import { incidentValues } from './incidentValues';
import { withEntries, writtenAtMs } from './ledger';
import { statusToldAs } from './status';
import { withoutTold } from './told';
import { withWritten } from './withWritten';

type Doubted = 'status' | 'assignedTo';

/**
 * The link as it stands while a change is on its way to the ticket: until the answer is here nobody knows whether the ticket holds it.
 * Should the incident be as before by the time of the next try, the ticket still has to be told so; and should the change have come
 * through, its echo is known.
 */
export const inDoubt = (link: Link, change: TicketChange, now: string): Link => {
  const { status, assignee } = change;
  const tried = [
    ...(status === undefined ? [] : [{ field: 'status' as const, value: status }]),
    ...(assignee === undefined ? [] : [{ field: 'assignedTo' as const, value: assignee }]),
  ];
  return {
    ...link,
    told: withoutTold(link.told, change),
    ledger: withEntries(link, 'ticket', tried, Date.parse(now)),
    unsure: {
      ...link.unsure,
      ...Object.fromEntries(tried.map(({ field }) => [field, now])),
      ...(link.storm === null ? {} : { line: now }),
    },
  };
};

/** A write of it was tried, and no answer came; nor has the ticket spoken of it since. */
export const isInDoubt = ({ unsure = {}, said = {} }: Link, field: Doubted): boolean => {
  const triedAt = unsure[field];
  if (triedAt === undefined) return false;
  const last = said[field];
  return last === undefined || Date.parse(last.at) <= Date.parse(triedAt);
};

/** What a ticket says that was never told anything. */
const asMade = { status: 'new', assignedTo: null } as const;

/**
 * Whether a value may stand in the ticket only because the last write came through or did not: then it is no move of its people, and there
 * is nothing agreed on to compare it with.
 */
export const mayBeLeftOver = (link: Link, field: Doubted, value: string | null, now: string): boolean => {
  if (!isInDoubt(link, field)) return false;
  const nowMs = Date.parse(now);
  const isTried = (entry: LedgerEntry): boolean =>
    entry.side === 'ticket' && entry.field === field && entry.value === value && entry.untilMs > nowMs;
  return value === asMade[field] || link.ledger.some(isTried);
};

/**
 * The link once the echo of such a write has come: the ticket holds that very value, as if the answer had come. Else, should the incident
 * be as it was before by the next try, the ticket would not be told so. What the ticket said since stays.
 */
export const withoutDoubt = (
  link: Link,
  echo: LedgerEntry,
  { connection, event, live }: Pick<InboundInput, 'connection' | 'event' | 'live'>,
): Link => {
  const { field, value: word } = echo;
  const ticket = currentTicket(link);
  if (field !== 'status' && field !== 'assignedTo') return link;
  const { [field]: triedAt, ...unsure } = link.unsure ?? {};
  const atMs = writtenAtMs(echo);
  if (ticket?.ticketId !== event.ticketId || triedAt === undefined || Date.parse(triedAt) !== atMs) return link;
  const isFollowed = ticket.state === 'open' || ticket.state === 'closed';
  if (!isFollowed || !isInDoubt(link, field)) return { ...link, unsure };
  const { assignedTo } = incidentValues(live.header);
  const owner = word === null ? null : (fromAssignee(word, assignedTo, connection.mapping) ?? null);
  const value = field === 'status' ? statusToldAs(word) : owner;
  // Defender tells when the incident was changed, not when the field was: it is no later than that, nor than the write.
  const setAt = Date.parse(live.version) < atMs ? live.version : triedAt;
  const agreed = { ...link, unsure, base: { ...link.base, [field]: value }, setAt: { ...link.setAt, [field]: setAt } };
  return withWritten(agreed, [{ field, value, word }], atMs);
};
