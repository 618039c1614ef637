import { NotFoundError } from '../errors';
import type { IncidentHeader } from '../model/incident';
import type { Time7 } from '../model/time7';
import { mustBeTime7 } from '../model/time7';
import type { Row, RowOperation, RowQuery, Table } from '../ports';
import { present, shown, text } from './columns';
import { maxOperations } from './guard';
import { feedRowKey, tenantNibble } from './keys';

/**
 * A row of the index over all tenants, newest update first, in sixteen partitions. It is written before the batch it points into:
 * a dangling one is a hint, checked against the incident row and dropped; a missing one is impossible.
 */
export interface FeedHint {
  readonly tenantId: string;
  readonly incidentId: string;
  readonly version: Time7;
  readonly displayName: string | null;
  readonly status: string | null;
  readonly severity: string | null;
  readonly assignedTo: string | null;
  /** The hint's place within its partition. */
  readonly rowKey: string;
}

export interface FeedEntry {
  readonly incidentId: string;
  readonly version: Time7;
}

export interface Feed {
  add(tenantId: string, entries: readonly (FeedEntry & { readonly header: IncidentHeader })[]): Promise<void>;
  /** Takes hints away that a newer version has replaced. */
  remove(tenantId: string, entries: readonly FeedEntry[]): Promise<void>;
  /** Hints of one partition (`0` to `f`) after the row key `after`, newest update first. */
  pages(
    nibble: string,
    after: string | undefined,
    where: NonNullable<RowQuery['where']>,
    pageSize: number,
  ): AsyncIterable<readonly FeedHint[]>;
}

export const feedPartition = (nibble: string): string => `feed_${nibble}`;

export const incidentFeed = (index: Table): Feed => ({
  add: (tenantId, entries) =>
    inBatches(
      index,
      entries.map((entry) => ({ kind: 'upsert', row: toRow(tenantId, entry) })),
    ),
  remove: (tenantId, entries) => removeAll(index, tenantId, entries),
  pages: (nibble, after, where, pageSize) => hintPages(index, nibble, after, where, pageSize),
});

const inBatches = async (index: Table, operations: readonly RowOperation[]): Promise<void> => {
  for (let start = 0; start < operations.length; start += maxOperations)
    await index.writeBatch(operations.slice(start, start + maxOperations));
};

/** In batches; where a hint is gone already, which undoes its whole batch, one by one. */
const removeAll = async (index: Table, tenantId: string, entries: readonly FeedEntry[]): Promise<void> => {
  const partitionKey = feedPartition(tenantNibble(tenantId));
  const deletes = entries.map(({ version, incidentId }): RowOperation => ({
    kind: 'delete',
    partitionKey,
    rowKey: feedRowKey(version, tenantId, incidentId),
  }));
  try {
    await inBatches(index, deletes);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    await Promise.all(deletes.map((operation) => index.write(operation)));
  }
};

async function* hintPages(
  index: Table,
  nibble: string,
  after: string | undefined,
  where: NonNullable<RowQuery['where']>,
  pageSize: number,
): AsyncIterable<readonly FeedHint[]> {
  const from = after === undefined ? {} : { rowFrom: `${after}!` };
  for await (const page of index.pages({ partition: feedPartition(nibble), ...from, where, pageSize }))
    yield page.map(({ row }) => toHint(row));
}

const toRow = (tenantId: string, entry: FeedEntry & { readonly header: IncidentHeader }): Row => ({
  partitionKey: feedPartition(tenantNibble(tenantId)),
  rowKey: feedRowKey(entry.version, tenantId, entry.incidentId),
  ...present({
    tenantId,
    incidentId: entry.incidentId,
    version: entry.version,
    displayName: shown(entry.header.displayName),
    status: shown(entry.header.status),
    severity: shown(entry.header.severity),
    assignedTo: shown(entry.header.assignedTo),
  }),
});

const toHint = (row: Row): FeedHint => ({
  tenantId: text(row, 'tenantId') ?? '',
  incidentId: text(row, 'incidentId') ?? '',
  version: mustBeTime7(row.version, 'version'),
  displayName: text(row, 'displayName'),
  status: text(row, 'status'),
  severity: text(row, 'severity'),
  assignedTo: text(row, 'assignedTo'),
  rowKey: row.rowKey,
});
