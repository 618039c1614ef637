import type { FoundLink } from '../model/link';
import type { Table } from '../ports';
import { text } from '../store/columns';
import { incidentRowKey } from '../store/keys';
import { linkStore } from '../store/links';
import type { TenantLane } from '../store/openLanes';

const mostHops = 5;

/**
 * The link that holds the ticket: the incident's own, or that of the one it was merged into, whose link takes its tickets over. Undefined
 * where none does.
 */
export const findLink = async (
  table: Table,
  { tenantId, targetId, incidentId }: TenantLane,
  ticketId: string,
): Promise<FoundLink | undefined> => {
  const links = linkStore(tenantId, table);
  const seen = new Set<string>();
  for (let at: string | null = incidentId; at !== null && seen.size <= mostHops && !seen.has(at);) {
    seen.add(at);
    const found: FoundLink | undefined = await links.get(targetId, at);
    if (found?.link.tickets.some((ticket) => ticket.ticketId === ticketId) === true) return found;
    const stored = await table.get(tenantId, incidentRowKey(at), ['redirectIncidentId']);
    at = stored === undefined ? null : text(stored.row, 'redirectIncidentId');
  }
  return undefined;
};
