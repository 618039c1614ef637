import type { TicketStatus } from '../../model/ticket';
import type { ZendeskSettings } from './settings';

/** The status categories; custom statuses belong to one each. @see https://developer.zendesk.com/api-reference/ticketing/tickets/custom_ticket_statuses */
const categories: Readonly<Record<string, TicketStatus>> = {
  new: 'new',
  open: 'inProgress',
  pending: 'waiting',
  hold: 'waiting',
  solved: 'resolved',
  closed: 'resolved',
};

/** In our words; undefined where Zendesk's word is unknown. Events write it in capitals. */
export const fromZendeskStatus = (word: string): TicketStatus | undefined => {
  const key = word.trim().toLowerCase();
  return Object.hasOwn(categories, key) ? categories[key] : undefined;
};

/** In Zendesk's words. Nothing becomes `new` again: a ticket that is opened again is `open`. */
export const toZendeskStatus = (status: TicketStatus, { waiting = 'pending' }: ZendeskSettings): string => {
  if (status === 'waiting') return waiting;
  return status === 'resolved' || status === 'cancelled' ? 'solved' : 'open';
};
