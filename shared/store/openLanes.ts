import { ConflictError } from '../errors';
import type { Time7 } from '../model/time7';
import type { RowOperation, Table } from '../ports';
import { text } from './columns';
import { maxOperations } from './guard';
import { escapeKey, tenantNibble } from './keys';

/** One incident on its way into one connection: one delivery at a time. */
export interface Lane {
  readonly targetId: string;
  readonly incidentId: string;
}

export interface TenantLane extends Lane {
  readonly tenantId: string;
}

/** A lane as the index holds it. */
export interface OpenLane extends TenantLane {
  readonly etag: string;
  /** When events were last announced in it, by the storage's clock. */
  readonly writtenAt: Time7;
  readonly rowKey: string;
}

/**
 * Lanes that may have something to deliver, in sixteen partitions. Written before the batch with their events: a dangling one is a hint,
 * a missing one is impossible. Only the sweep takes them away.
 */
export interface OpenLanes {
  add(tenantId: string, lanes: readonly Lane[]): Promise<void>;
  /** Of one partition (`0` to `f`), in order of tenant, connection and incident; after the row key `after`. */
  pages(nibble: string, after?: string, pageSize?: number): AsyncIterable<readonly OpenLane[]>;
  /** Of one tenant, or of one connection of it. */
  ofTenant(tenantId: string, targetId?: string): AsyncIterable<readonly OpenLane[]>;
  /** As it is now, with the storage's own time of this read; undefined where it is gone. */
  look(lane: TenantLane): Promise<(OpenLane & { readonly readAt: Time7 | undefined }) | undefined>;
  /** Takes it away as it was read. @returns false where events were announced meanwhile */
  done(lane: OpenLane): Promise<boolean>;
}

export const lanePartition = (nibble: string): string => `send_${nibble}`;

const laneRowKey = ({ tenantId, targetId, incidentId }: TenantLane): string =>
  `${tenantId}_${escapeKey(targetId)}_${escapeKey(incidentId)}`;

export const openLanes = (index: Table): OpenLanes => ({
  add: async (tenantId, lanes) => {
    const partitionKey = lanePartition(tenantNibble(tenantId));
    const rows = new Map(
      lanes.map(({ targetId, incidentId }) => {
        const rowKey = laneRowKey({ tenantId, targetId, incidentId });
        return [rowKey, { partitionKey, rowKey, tenantId, targetId, incidentId }] as const;
      }),
    );
    const operations = [...rows.values()].map((row): RowOperation => ({ kind: 'upsert', row }));
    for (let start = 0; start < operations.length; start += maxOperations)
      await index.writeBatch(operations.slice(start, start + maxOperations));
  },
  pages: (nibble, after, pageSize) =>
    lanePages(index, {
      partition: lanePartition(nibble),
      ...(after === undefined ? {} : { rowFrom: `${after}!` }),
      ...(pageSize === undefined ? {} : { pageSize }),
    }),
  ofTenant: (tenantId, targetId) => {
    const prefix = targetId === undefined ? tenantId : `${tenantId}_${escapeKey(targetId)}`;
    return lanePages(index, {
      partition: lanePartition(tenantNibble(tenantId)),
      rowFrom: `${prefix}_`,
      rowBefore: `${prefix}\``,
    });
  },
  look: async (lane) => {
    const found = await index.get(lanePartition(tenantNibble(lane.tenantId)), laneRowKey(lane));
    if (found === undefined) return undefined;
    const { etag, writtenAt, readAt } = found;
    const { tenantId, targetId, incidentId } = lane;
    return { tenantId, targetId, incidentId, etag, writtenAt, rowKey: found.row.rowKey, readAt };
  },
  done: async ({ tenantId, rowKey, etag }) => {
    try {
      await index.write({ kind: 'delete', partitionKey: lanePartition(tenantNibble(tenantId)), rowKey, etag });
      return true;
    } catch (error) {
      if (error instanceof ConflictError) return false;
      throw error;
    }
  },
});

async function* lanePages(index: Table, query: Parameters<Table['pages']>[0]): AsyncIterable<readonly OpenLane[]> {
  const select = ['tenantId', 'targetId', 'incidentId'];
  for await (const page of index.pages({ ...query, select }))
    yield page.map(({ row, etag, writtenAt }) => ({
      tenantId: text(row, 'tenantId') ?? '',
      targetId: text(row, 'targetId') ?? '',
      incidentId: text(row, 'incidentId') ?? '',
      etag,
      writtenAt,
      rowKey: row.rowKey,
    }));
}
