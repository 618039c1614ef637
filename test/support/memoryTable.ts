import { ConflictError, NotFoundError } from '../../shared/errors';
import { fromTicks } from '../../shared/model/time7';
import type { Row, RowOperation, RowQuery, StoredRow, Table } from '../../shared/ports';
import { checkBatch, checkRow } from '../../shared/store/guard';

interface Entry {
  readonly row: Row;
  readonly etag: string;
  readonly writtenAtMs: number;
}

export interface MemoryTable extends Table {
  /** Every row, for assertions. */
  rows(): readonly Row[];
  /** Writes since the start: single operations, and batches with their sizes. */
  readonly writes: { singles: number; batches: number[] };
}

/** A Table in memory with the service's rules: etags, atomic batches, our own guard in front. */
export const memoryTable = (nowMs: () => number = Date.now): MemoryTable => {
  const partitions = new Map<string, Map<string, Entry>>();
  const writes: MemoryTable['writes'] = { singles: 0, batches: [] };
  let version = 0;

  const entryOf = (partitionKey: string, rowKey: string) => partitions.get(partitionKey)?.get(rowKey);
  const stored = ({ row, etag, writtenAtMs }: Entry): StoredRow => ({
    row,
    etag,
    writtenAt: fromTicks(BigInt(writtenAtMs) * 10_000n),
    readAt: fromTicks(BigInt(nowMs()) * 10_000n),
  });

  const check = (operation: RowOperation): void => {
    const { partitionKey, rowKey } = operation.kind === 'delete' ? operation : operation.row;
    const found = entryOf(partitionKey, rowKey);
    if (operation.kind === 'insert' && found !== undefined) throw new ConflictError('the row exists');
    if (operation.kind === 'replace' && found === undefined) throw new NotFoundError('the row is not there');
    if (operation.kind === 'replace' && found?.etag !== operation.etag) throw new ConflictError('the row changed');
  };

  const apply = (operation: RowOperation): string => {
    if (operation.kind === 'delete') {
      partitions.get(operation.partitionKey)?.delete(operation.rowKey);
      return '';
    }
    const { row } = operation;
    version += 1;
    const etag = `e${version}`;
    const rows = partitions.get(row.partitionKey) ?? new Map<string, Entry>();
    partitions.set(row.partitionKey, rows);
    rows.set(row.rowKey, { row: structuredClone(row), etag, writtenAtMs: nowMs() });
    return etag;
  };

  return {
    writes,
    rows: () => [...partitions.values()].flatMap((rows) => [...rows.values()].map(({ row }) => row)),
    get: async (partitionKey, rowKey) => {
      await Promise.resolve();
      const found = entryOf(partitionKey, rowKey);
      return found && stored(found);
    },
    pages: (query) => pagesOf(query, partitions, stored),
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

async function* pagesOf(
  query: RowQuery,
  partitions: ReadonlyMap<string, ReadonlyMap<string, Entry>>,
  stored: (entry: Entry) => StoredRow,
): AsyncIterable<readonly StoredRow[]> {
  await Promise.resolve();
  const matching = [...partitions]
    .filter(
      ([key]) =>
        (query.partition === undefined || key === query.partition) &&
        (query.partitionFrom === undefined || key >= query.partitionFrom) &&
        (query.partitionBefore === undefined || key < query.partitionBefore),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, rows]) => [...rows.values()].sort((a, b) => (a.row.rowKey < b.row.rowKey ? -1 : 1)))
    .filter(({ row }) => matches(row, query));
  const size = query.pageSize ?? 1000;
  for (let start = 0; start < matching.length; start += size) yield matching.slice(start, start + size).map(stored);
}

const matches = (row: Row, { rowFrom, rowBefore, where }: RowQuery): boolean =>
  (rowFrom === undefined || row.rowKey >= rowFrom) &&
  (rowBefore === undefined || row.rowKey < rowBefore) &&
  (where ?? []).every(({ column, op, value }) => {
    const own = row[column];
    if (own === undefined || own instanceof Uint8Array) return false;
    const holds = {
      eq: own === value,
      ne: own !== value,
      ge: own >= value,
      le: own <= value,
      gt: own > value,
      lt: own < value,
    };
    return holds[op];
  });
