import type { Link } from '../model/link';
import type { TicketRef } from '../model/ticket';

/** In place of a ticket's names while it is being made. */
export const unnamed: TicketRef = { ticketId: '', number: '', url: null };

const generationOf = (key: string, { tenantId, incidentId }: Link): number => {
  const rest = key.startsWith(`${tenantId}:${incidentId}:`) ? key.slice(`${tenantId}:${incidentId}:`.length) : '1';
  return /^\d+$/.test(rest) ? Number(rest) : 1;
};

/** The link once the ticket that an earlier attempt was making is found: as that attempt foresaw it, so that nothing is said twice. */
export const adopt = (link: Link, ref: TicketRef, now: string): Link => {
  const { intent } = link;
  if (intent === null) return link;
  if (intent.then !== undefined) {
    const { tickets, ...rest } = intent.then;
    const named = tickets.map((ticket, at) => (at === tickets.length - 1 ? { ...ticket, ...ref } : ticket));
    return { ...rest, tickets: named, intent: null };
  }
  const generation = generationOf(intent.key, link);
  const ticket = { ...ref, generation, state: 'open' as const, createdAt: now, version: null };
  return { ...link, tickets: [...link.tickets, ticket], told: null, version: null, intent: null };
};

/** What stands in the row before the call: if it is still there later, the ticket may exist. */
export const withIntent = (link: Link, key: string, now: string, after: (ref: TicketRef) => Link): Link => {
  const then: Omit<Link, 'intent'> = after(unnamed);
  return { ...link, intent: { key, at: now, then } };
};
