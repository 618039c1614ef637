import type { TenantState } from '../../model/tenantState';
import type { Clock, RowOperation, Table } from '../../ports';
import type { FencedState } from '../../store/tenantState';
import { toStateRow } from '../../store/tenantState';
import { sendBatch } from './sendBatch';

/** The tenant's state row as one run writes it: each write names the version of the one before, so of two runs one loses. */
export interface StateFence {
  /** As it was last written, or found. */
  readonly state: TenantState;
  /** When the last write that succeeded began, by the monotonic count; undefined: the run wrote none. */
  readonly writtenAtMs: number | undefined;
  /** The state with this run's lease and the mark of its next write. */
  next(): TenantState;
  /**
   * Writes it with rows of its partition, all or nothing; the rows' etags, where the answer was not lost.
   * @throws ConflictError where another run has taken the fence
   */
  write(next: TenantState, operations: readonly RowOperation[]): Promise<readonly string[] | undefined>;
}

export interface StateFenceDeps {
  readonly table: Table;
  readonly clock: Clock;
}

export const createStateFence = (
  { table, clock }: StateFenceDeps,
  { tenantId, runId }: { readonly tenantId: string; readonly runId: string },
  found: FencedState,
): StateFence => {
  let { state, etag } = found;
  let writes = 0;
  let writtenAtMs: number | undefined;
  return {
    get state() {
      return state;
    },
    get writtenAtMs() {
      return writtenAtMs;
    },
    next: () => {
      writes += 1;
      return { ...state, leaseOwner: runId, batchMark: `${runId}.${writes}` };
    },
    write: async (next, operations) => {
      const beganMs = clock.elapsedMs();
      const row = toStateRow(tenantId, next);
      const own: RowOperation = etag === undefined ? { kind: 'insert', row } : { kind: 'replace', row, etag };
      const etags = await sendBatch(table, tenantId, [own, ...operations], next.batchMark);
      etag = etags.state;
      state = next;
      writtenAtMs = beganMs;
      return etags.all?.slice(1);
    },
  };
};
