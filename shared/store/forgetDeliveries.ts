import { connectionKeyOf } from '../model/connection';
import type { Row, RowQuery, Table } from '../ports';
import { text } from './columns';
import { deadPartition } from './deadLetters';
import { deleteRows } from './deleteRows';
import { healthOutbox } from './healthOutbox';
import { tenantNibble } from './keys';
import { ticketIdsIn } from './links';
import { lanePartition } from './openLanes';
import { ticketIndex, ticketPartitionsOf } from './ticketIndex';

/**
 * Takes out of the index what leads to a tenant's deliveries: open lanes, dead letters, the tickets of its own connections, and what was
 * told and is to be told of its health. Safe to repeat. @returns rows deleted, those of health left out
 */
export const forgetDeliveries = async (index: Table, tenantId: string): Promise<number> => {
  const nibble = tenantNibble(tenantId);
  const ofTenant = { rowFrom: `${tenantId}_`, rowBefore: `${tenantId}\`` };
  const lanes = await deleteAll(index, { partition: lanePartition(nibble), ...ofTenant });
  const dead = await deleteAll(index, { partition: deadPartition(nibble), ...ofTenant });
  const tickets = await deleteAll(index, ticketPartitionsOf(tenantId));
  await healthOutbox(index).forgetTenant(tenantId);
  return lanes + dead + tickets;
};

/** Takes the tickets of a link (its row) out of the index. @returns how many */
export const forgetTickets = async (index: Table, link: Row): Promise<number> => {
  const tenantId = link.partitionKey;
  const of = { tenantId, incidentId: text(link, 'incidentId') ?? '' };
  return ticketIndex(index).remove(connectionKeyOf(tenantId, text(link, 'targetId') ?? ''), ticketIdsIn(link), of);
};

const deleteAll = async (table: Table, query: RowQuery): Promise<number> => {
  let rows = 0;
  for await (const page of table.pages({ ...query, select: ['tenantId'] })) {
    for (const partition of new Set(page.map(({ row }) => row.partitionKey)))
      await deleteRows(
        table,
        page.filter(({ row }) => row.partitionKey === partition),
      );
    rows += page.length;
  }
  return rows;
};
