import type { OutboxEvent } from '../model/outbox';
import type { Time7 } from '../model/time7';
import { mustBeTime7, toTicks } from '../model/time7';
import type { RowOperation, Table } from '../ports';
import { text } from './columns';
import { deleteRows } from './deleteRows';
import { maxOperations } from './guard';
import { escapeKey, tenantNibble } from './keys';

/** Where a dead event's row lies. */
export type DeadLetter = Pick<OutboxEvent, 'tenantId' | 'connectionId' | 'incidentId' | 'version'>;

export interface FoundDeadLetter extends DeadLetter {
  readonly rowKey: string;
  /** By the storage's clock. */
  readonly writtenAt: Time7;
}

/**
 * Events that were given up, over all tenants, in sixteen partitions. Written before the event's own row says so: a dangling one is a hint
 * that is dropped when met, a missing one is impossible.
 */
export interface DeadLetters {
  /** All of one tenant. */
  add(events: readonly DeadLetter[]): Promise<void>;
  remove(events: readonly DeadLetter[]): Promise<void>;
  /** Of one partition (`0` to `f`), in order of tenant, connection, incident and version; after the row key `after`. */
  pages(nibble: string, after?: string, pageSize?: number): AsyncIterable<readonly FoundDeadLetter[]>;
}

export const deadPartition = (nibble: string): string => `dead_${nibble}`;

const rowKeyOf = ({ tenantId, connectionId, incidentId, version }: DeadLetter): string =>
  `${tenantId}_${escapeKey(connectionId)}_${escapeKey(incidentId)}_${toTicks(version)}`;

const keysOf = (event: DeadLetter) => ({
  partitionKey: deadPartition(tenantNibble(event.tenantId)),
  rowKey: rowKeyOf(event),
});

export const deadLetters = (index: Table): DeadLetters => ({
  add: async (events) => {
    const rows = events.map((event): RowOperation => {
      const { tenantId, connectionId, incidentId, version } = event;
      return { kind: 'upsert', row: { ...keysOf(event), tenantId, connectionId, incidentId, version } };
    });
    for (let start = 0; start < rows.length; start += maxOperations)
      await index.writeBatch(rows.slice(start, start + maxOperations));
  },
  remove: async (events) => {
    if (events.length > 0)
      await deleteRows(
        index,
        events.map((event) => ({ row: keysOf(event) })),
      );
  },
  pages: (nibble, after, pageSize) => letterPages(index, nibble, after, pageSize),
});

async function* letterPages(
  index: Table,
  nibble: string,
  after: string | undefined,
  pageSize: number | undefined,
): AsyncIterable<readonly FoundDeadLetter[]> {
  const from = after === undefined ? {} : { rowFrom: `${after}!` };
  const size = pageSize === undefined ? {} : { pageSize };
  for await (const page of index.pages({ partition: deadPartition(nibble), ...from, ...size }))
    yield page.map(({ row, writtenAt }) => ({
      tenantId: text(row, 'tenantId') ?? '',
      connectionId: text(row, 'connectionId') ?? '',
      incidentId: text(row, 'incidentId') ?? '',
      version: mustBeTime7(row.version, 'version'),
      rowKey: row.rowKey,
      writtenAt,
    }));
}
