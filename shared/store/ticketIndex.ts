import { createHash } from 'node:crypto';
import type { Connection } from '../model/connection';
import type { Table } from '../ports';
import { text } from './columns';
import { escapeKey } from './keys';

/** Which incident a ticket belongs to. */
export interface Ticketed {
  readonly tenantId: string;
  readonly incidentId: string;
}

type Named = Pick<Connection, 'scope' | 'connectionId'>;

/**
 * From a ticket back to tenant and incident, a partition a connection: the only way a webhook's ticket leads anywhere. Written before the
 * link that it points at: a dangling one is checked against the link, a missing one is impossible.
 */
export interface TicketIndex {
  put(connection: Named, ticketId: string, of: Ticketed): Promise<void>;
  find(connection: Named, ticketId: string): Promise<Ticketed | undefined>;
  /** Only what leads to this very incident: a ticket may have become another's by a merge. @returns how many */
  remove(connection: Named, ticketIds: readonly string[], of: Ticketed): Promise<number>;
}

export const ticketIndex = (index: Table): TicketIndex => {
  const find: TicketIndex['find'] = async (connection, ticketId) => {
    const found = await index.get(ticketPartition(connection), rowKeyOf(ticketId));
    const tenantId = found && text(found.row, 'tenantId');
    const incidentId = found && text(found.row, 'incidentId');
    return typeof tenantId === 'string' && typeof incidentId === 'string' ? { tenantId, incidentId } : undefined;
  };
  return {
    put: async (connection, ticketId, { tenantId, incidentId }) => {
      const row = {
        partitionKey: ticketPartition(connection),
        rowKey: rowKeyOf(ticketId),
        tenantId,
        incidentId,
        ticketId,
      };
      await index.write({ kind: 'upsert', row });
    },
    find,
    remove: async (connection, ticketIds, { tenantId, incidentId }) => {
      let removed = 0;
      for (const ticketId of ticketIds) {
        const found = await find(connection, ticketId);
        if (found?.tenantId !== tenantId || found.incidentId !== incidentId) continue;
        await index.write({ kind: 'delete', partitionKey: ticketPartition(connection), rowKey: rowKeyOf(ticketId) });
        removed += 1;
      }
      return removed;
    },
  };
};

/** Partitions of all connections of a scope. */
export const ticketPartitionsOf = (scope: string) =>
  ({ partitionFrom: `ticket_${escapeKey(scope)}_`, partitionBefore: `ticket_${escapeKey(scope)}\`` }) as const;

/** Ids of connections are unique in their scope only. */
export const ticketPartition = ({ scope, connectionId }: Named): string =>
  `ticket_${escapeKey(scope)}_${escapeKey(connectionId)}`;

/** Whoever sends a webhook chooses its ticket id: any text has a place, and it is no other's. */
const rowKeyOf = (ticketId: string): string => {
  const escaped = escapeKey(ticketId);
  return escaped.length <= 400 && escaped !== '' ? escaped : `=${createHash('sha256').update(ticketId).digest('hex')}`;
};
