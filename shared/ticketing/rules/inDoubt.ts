import type { LedgerEntry, Link } from '../../model/link';
import type { TicketChange } from '../../model/ticket';
import { withEntries, writtenAtMs } from './ledger';
import { withoutTold } from './told';

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
    unsure: { ...link.unsure, ...Object.fromEntries(tried.map(({ field }) => [field, now])) },
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

/** The link once the echo of such a write has come: that very one was taken. */
export const withoutDoubt = (link: Link, echo: LedgerEntry): Link => {
  const { field } = echo;
  if (field !== 'status' && field !== 'assignedTo') return link;
  const { [field]: triedAt, ...unsure } = link.unsure ?? {};
  return triedAt !== undefined && Date.parse(triedAt) === writtenAtMs(echo) ? { ...link, unsure } : link;
};
