import type { FoundLink } from '../model/link';
import type { Table } from '../ports';
import { linkStore, linkRowKey, toFoundLink } from '../store/links';

/** A ticket of an incident as the API shows it. */
export interface TicketView {
  /** `targetIdOf` the connection: its id, with `all.` in front where it serves all tenants. */
  readonly connection: string;
  readonly ticketId: string;
  readonly number: string;
  readonly url: string | null;
  /** `open`, `closed`, `absorbed` (its incident was merged into another) or `deleted`. */
  readonly status: string;
}

/** Of one link, oldest first. */
const ticketsIn = ({ link }: FoundLink): readonly TicketView[] =>
  link.tickets.map(({ ticketId, number, url, state }) => ({
    connection: link.targetId,
    ticketId,
    number,
    url,
    status: state,
  }));

/** All tickets of one incident, whatever became of their connections. */
export const ticketsOfIncident = async (
  tenantId: string,
  incidentId: string,
  table: Table,
): Promise<readonly TicketView[]> => (await linkStore(tenantId, table).ofIncident(incidentId)).flatMap(ticketsIn);

export interface Listed {
  readonly tenantId: string;
  readonly incidentId: string;
}

/**
 * The tickets of a page of incidents, in their order: a point read for each incident and connection of its tenant, and none where a tenant
 * has no connection.
 */
export const ticketsOfPage = async (
  table: Table,
  targetsOf: (tenantId: string) => Promise<readonly string[]>,
  incidents: readonly Listed[],
): Promise<readonly (readonly TicketView[])[]> => {
  const tenantIds = [...new Set(incidents.map(({ tenantId }) => tenantId))];
  const targets = new Map(await Promise.all(tenantIds.map(async (id) => [id, await targetsOf(id)] as const)));
  return Promise.all(
    incidents.map(async ({ tenantId, incidentId }) => {
      const found = await Promise.all(
        (targets.get(tenantId) ?? []).map((targetId) => table.get(tenantId, linkRowKey(targetId, incidentId))),
      );
      return found.flatMap((row) => (row === undefined ? [] : ticketsIn(toFoundLink(row))));
    }),
  );
};
