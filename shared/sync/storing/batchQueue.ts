import { maxBatchBytes } from '../../store/guard';
import type { RowOperation } from '../../ports';
import type { PendingRow } from './pendingRow';

export interface Queued extends PendingRow {
  readonly key: string;
  readonly number: number;
  /** The incident leaves quarantine with this very row, or not at all. */
  readonly release?: PendingRow;
}

/** Rows that wait to be written, in the order in which they came, and those of batches under way. */
export interface BatchQueue {
  /** Of what came last; numbers only grow. */
  readonly lastNumber: number;
  get(key: string): Queued | undefined;
  /** A later one of the same key takes the earlier one's place: one entity once in a batch, and who waits for the earlier one waits on. */
  put(key: string, row: PendingRow): void;
  /** Joins it to a row that waits. */
  releaseWith(own: Queued, release: PendingRow): void;
  /** False where there was none. */
  remove(key: string): boolean;
  clear(): void;
  all(): readonly Queued[];
  /** False where it was written, refused or replaced by a later one. */
  readonly stands: (entry: Queued) => boolean;
  /** True where more waits than fits a batch of so many operations; what is under way is not counted. */
  isMoreThan(operations: number): boolean;
  /** Those of the next batch, under way from now on. */
  take(operations: number): readonly Queued[];
  /** No longer under way, whether they were written or not. */
  giveBack(batch: readonly Queued[]): void;
  /** The first number that is not written once this batch is. */
  firstBeside(batch: readonly Queued[]): number;
}

export const operationsOf = ({ operations, release }: Queued): readonly RowOperation[] =>
  release === undefined ? operations : [...operations, ...release.operations];

const [incidentPrefix, quarantinePrefix] = ['i ', 'q '];
export const incidentKey = (incidentId: string): string => `${incidentPrefix}${incidentId}`;
export const quarantineKey = (incidentId: string): string => `${quarantinePrefix}${incidentId}`;
/** Undefined where the key is of the quarantine. */
export const incidentOfKey = (key: string): string | undefined =>
  key.startsWith(incidentPrefix) ? key.slice(incidentPrefix.length) : undefined;

export const createBatchQueue = (): BatchQueue => {
  /** In the order of their numbers. */
  const pending = new Map<string, Queued>();
  const underWay = new Set<Queued>();
  let lastNumber = 0;

  /** What comes first and fits; at least one. */
  const fitting = (most: number): { readonly batch: readonly Queued[]; readonly isAll: boolean } => {
    const batch: Queued[] = [];
    let [operations, bytes] = [0, 0];
    for (const entry of pending.values()) {
      if (underWay.has(entry)) continue;
      operations += operationsOf(entry).length;
      bytes += entry.bytes;
      const isTooMuch = operations > most || bytes > maxBatchBytes;
      if (isTooMuch) return { batch: batch.length > 0 ? batch : [entry], isAll: false };
      batch.push(entry);
    }
    return { batch, isAll: true };
  };

  return {
    get lastNumber() {
      return lastNumber;
    },
    get: (key) => pending.get(key),
    put: (key, row) => {
      const { number = (lastNumber += 1), release } = pending.get(key) ?? {};
      pending.set(key, { ...row, key, number, ...(release === undefined ? {} : { release }) });
    },
    releaseWith: (own, release) => void pending.set(own.key, { ...own, release }),
    remove: (key) => pending.delete(key),
    clear: () => pending.clear(),
    all: () => [...pending.values()],
    stands: (entry) => pending.get(entry.key) === entry,
    isMoreThan: (operations) => !fitting(operations).isAll,
    take: (operations) => {
      const { batch } = fitting(operations);
      batch.forEach((entry) => underWay.add(entry));
      return batch;
    },
    giveBack: (batch) => batch.forEach((entry) => underWay.delete(entry)),
    firstBeside: (batch) => {
      for (const entry of pending.values()) if (!batch.includes(entry)) return entry.number;
      return Number.POSITIVE_INFINITY;
    },
  };
};
