import type { Link } from '../model/link';
import type { LaneDeps } from './laneDeps';
import type { LaneFacts } from './laneFacts';

/** Tickets new in a link are in the ticket index before it: a webhook of theirs finds its way at once. */
export const indexTickets = async (
  { tickets }: Pick<LaneDeps, 'tickets'>,
  { connection }: Pick<LaneFacts, 'connection'>,
  link: Link,
  before: Pick<Link, 'tickets'>,
): Promise<void> => {
  const known = new Set(before.tickets.map(({ ticketId }) => ticketId));
  for (const { ticketId } of link.tickets)
    if (ticketId !== '' && !known.has(ticketId))
      await tickets.put(connection, ticketId, { tenantId: link.tenantId, incidentId: link.incidentId });
};
