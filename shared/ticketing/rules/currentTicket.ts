import type { Link, LinkedTicket } from '../../model/link';
import type { TicketRef } from '../../model/ticket';

/** The one in step with the incident, whatever its state; undefined: none was made yet. */
export const currentTicket = ({ tickets }: Pick<Link, 'tickets'>): LinkedTicket | undefined => tickets.at(-1);

/** The link's tickets with another state of the newest one. */
export const withState = (tickets: readonly LinkedTicket[], state: LinkedTicket['state']): readonly LinkedTicket[] =>
  tickets.map((ticket, at) => (at === tickets.length - 1 ? { ...ticket, state } : ticket));

export const refOf = ({ ticketId, number, url }: TicketRef): TicketRef => ({ ticketId, number, url });
