import { ConflictError, NotFoundError } from '../../shared/errors';
import type { Time7 } from '../../shared/model/time7';
import { fromTicks } from '../../shared/model/time7';
import type { Column, Row, RowOperation, RowQuery, StoredRow, Table } from '../../shared/ports';
import { checkBatch, checkRow } from '../../shared/store/guard';

interface Entry {
  readonly row: Row;
  readonly etag: string;
  readonly writtenAtMs: number;
}

export interface MemoryTable extends Table {
  /** Every row, for assertions. */
  rows(): readonly Row[];
  /** Puts rows in as they are, past guard and counters: where a test begins with very many. The rows must not be changed afterwards. */
  fill(rows: Iterable<Row>): void;
  /** Writes since the start: single operations, and batches with their sizes. */
  readonly writes: { singles: number; batches: number[] };
}

interface Partition {
  readonly rows: Map<string, Entry>;
  /** Keys as of the last sorting, some perhaps gone since, and those new since. */
  keys: readonly string[];
  added: string[];
  /** In order of row key; undefined after a write. Never changed in place: a reader keeps what was there when it began. */
  sorted: readonly Entry[] | undefined;
}

/** A Table in memory with the service's rules: etags, atomic batches, our own guard in front. */
export const memoryTable = (nowMs: () => number = Date.now): MemoryTable => {
  const partitions = new Map<string, Partition>();
  const writes: MemoryTable['writes'] = { singles: 0, batches: [] };
  let version = 0;

  const entryOf = (partitionKey: string, rowKey: string) => partitions.get(partitionKey)?.rows.get(rowKey);

  const check = (operation: RowOperation): void => {
    const { partitionKey, rowKey } = operation.kind === 'delete' ? operation : operation.row;
    const found = entryOf(partitionKey, rowKey);
    if (
      operation.kind === 'delete' &&
      operation.etag !== undefined &&
      found !== undefined &&
      found.etag !== operation.etag
    )
      throw new ConflictError('the row changed');
    if (operation.kind === 'insert' && found !== undefined) throw new ConflictError('the row exists');
    if (operation.kind === 'replace' && found === undefined) throw new NotFoundError('the row is not there');
    if (operation.kind === 'replace' && found?.etag !== operation.etag) throw new ConflictError('the row changed');
  };

  const store = (row: Row): string => {
    version += 1;
    const etag = `e${version}`;
    const partition = partitions.get(row.partitionKey) ?? emptyPartition();
    partitions.set(row.partitionKey, partition);
    if (!partition.rows.has(row.rowKey)) partition.added.push(row.rowKey);
    partition.rows.set(row.rowKey, { row, etag, writtenAtMs: nowMs() });
    partition.sorted = undefined;
    return etag;
  };

  const apply = (operation: RowOperation): string => {
    if (operation.kind !== 'delete') return store(copyOf(operation.row));
    const partition = partitions.get(operation.partitionKey);
    if (partition?.rows.delete(operation.rowKey) === true) partition.sorted = undefined;
    return '';
  };

  return {
    writes,
    rows: () => [...partitions.values()].flatMap(({ rows }) => [...rows.values()].map(({ row }) => row)),
    fill: (rows) => {
      for (const row of rows) store(row);
    },
    get: async (partitionKey, rowKey) => {
      await Promise.resolve();
      const found = entryOf(partitionKey, rowKey);
      return found && stored(found, timeOf(nowMs()));
    },
    pages: (query) => pagesOf(query, partitions, nowMs),
    write: async (operation) => {
      await Promise.resolve();
      if (operation.kind !== 'delete') checkRow(operation.row);
      check(operation);
      writes.singles += 1;
      return apply(operation);
    },
    writeBatch: async (operations) => {
      await Promise.resolve();
      checkBatch(operations);
      for (const operation of operations) {
        if (operation.kind === 'delete' && entryOf(operation.partitionKey, operation.rowKey) === undefined)
          throw new NotFoundError('the row is not there');
        check(operation);
      }
      writes.batches.push(operations.length);
      return operations.map(apply);
    },
  };
};

const emptyPartition = (): Partition => ({ rows: new Map(), keys: [], added: [], sorted: undefined });

/** Rows are flat; bytes are the only part that a writer could change afterwards. */
const copyOf = (row: Row): Row => {
  const copy: Record<string, Column> & Row = { ...row };
  for (const [column, value] of Object.entries(row))
    if (value instanceof Uint8Array) copy[column] = new Uint8Array(value);
  return copy;
};

const timeOf = (ms: number): Time7 => fromTicks(BigInt(ms) * 10_000n);

const stored = ({ row, etag, writtenAtMs }: Entry, readAt: Time7): StoredRow => ({
  row,
  etag,
  writtenAt: timeOf(writtenAtMs),
  readAt,
});

/** What is sorted already costs next to nothing to sort again. */
const sortedOf = (partition: Partition): readonly Entry[] => {
  const { rows, keys, added } = partition;
  if (partition.sorted !== undefined) return partition.sorted;
  const all = [...keys, ...added.sort()].sort();
  // One that was deleted and put again is named twice.
  partition.keys = all.filter((key, at) => rows.has(key) && key !== all[at - 1]);
  partition.added = [];
  partition.sorted = partition.keys.flatMap((key) => rows.get(key) ?? []);
  return partition.sorted;
};

/** Rows as they were when the first page was asked for. */
async function* pagesOf(
  query: RowQuery,
  partitions: ReadonlyMap<string, Partition>,
  nowMs: () => number,
): AsyncIterable<readonly StoredRow[]> {
  await Promise.resolve();
  const parts = selected(query, partitions).map(sortedOf);
  const size = query.pageSize ?? 1000;
  let page: Entry[] = [];
  const take = (): readonly StoredRow[] => {
    const readAt = timeOf(nowMs());
    const rows = page.map((entry) => stored(entry, readAt));
    page = [];
    return rows;
  };
  for (const part of parts)
    for (let at = query.rowFrom === undefined ? 0 : firstAtOrAfter(part, query.rowFrom); at < part.length; at += 1) {
      const entry = part[at];
      if (entry === undefined || (query.rowBefore !== undefined && entry.row.rowKey >= query.rowBefore)) break;
      if (!matches(entry.row, query)) continue;
      page.push(entry);
      if (page.length === size) yield take();
    }
  if (page.length > 0) yield take();
}

const selected = (
  { partition, partitionFrom, partitionBefore }: RowQuery,
  partitions: ReadonlyMap<string, Partition>,
): readonly Partition[] => {
  const keys = partition === undefined ? [...partitions.keys()].sort() : [partition];
  return keys
    .filter(
      (key) =>
        (partitionFrom === undefined || key >= partitionFrom) &&
        (partitionBefore === undefined || key < partitionBefore),
    )
    .flatMap((key) => partitions.get(key) ?? []);
};

/** The place of the first entry whose row key is not smaller. */
const firstAtOrAfter = (entries: readonly Entry[], rowKey: string): number => {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.row.rowKey ?? '') < rowKey) low = middle + 1;
    else high = middle;
  }
  return low;
};

const matches = (row: Row, { where = [] }: RowQuery): boolean =>
  where.every(({ column, op, value }) => {
    const own = row[column];
    if (own === undefined || own instanceof Uint8Array) return false;
    switch (op) {
      case 'eq':
        return own === value;
      case 'ne':
        return own !== value;
      case 'ge':
        return own >= value;
      case 'le':
        return own <= value;
      case 'gt':
        return own > value;
      case 'lt':
        return own < value;
    }
  });
