import type { TicketStatus } from '../../model/ticket';

/** Defender's states in the one spelling that is written. */
const spellings: Readonly<Record<string, string>> = {
  active: 'active',
  inprogress: 'inProgress',
  awaitingaction: 'awaitingAction',
  resolved: 'resolved',
  redirected: 'redirected',
};

/** In Graph's spelling; a state that nobody knows stays as it is. */
export const oneStatus = (status: string): string => {
  const key = status.toLowerCase();
  return Object.hasOwn(spellings, key) ? (spellings[key] ?? status) : status;
};

const ticketStatuses: Readonly<Record<string, TicketStatus>> = {
  active: 'new',
  inProgress: 'inProgress',
  awaitingAction: 'waiting',
  resolved: 'resolved',
};

/** What a ticket says of an incident in this state; undefined: nothing, because the state is none we know. */
export const toTicketStatus = (status: string | null): TicketStatus | undefined =>
  status !== null && Object.hasOwn(ticketStatuses, status) ? ticketStatuses[status] : undefined;

/** The state that a ticket was told of in this word; null: none that we know. */
export const statusToldAs = (word: string | null): string | null =>
  Object.keys(ticketStatuses).find((status) => ticketStatuses[status] === word) ?? null;

export const isResolved = (status: string | null | undefined): boolean => (status ?? '').toLowerCase() === 'resolved';

export const isDone = (status: TicketStatus): boolean => status === 'resolved' || status === 'cancelled';

/**
 * What a ticket's state asks of an incident that is `current`. A new ticket asks nothing of an open incident, and a waiting one no more
 * than that somebody is at work, because only Defender knows what it waits for.
 */
export const fromTicketStatus = (word: TicketStatus, current: string | null): string | null => {
  if (isDone(word)) return 'resolved';
  if (word === 'new') return isResolved(current) ? 'active' : current;
  if (word === 'waiting' && current === 'awaitingAction') return current;
  return 'inProgress';
};
