import type { Cursor } from './cursor';
import { emptyCursor } from './cursor';
import type { RunCounts, TenantRun } from './run';
import { noCounts } from './run';

/** The `state` row: cursor, fence, lease and counters. Written only by the syncing run, with If-Match in every batch. */
export interface TenantState {
  readonly cursor: Cursor;
  /** The run that holds the tenant through several batches; its time is the row's own server timestamp. */
  readonly leaseOwner: string | undefined;
  /** Names the last batch written, so that a write whose answer was lost can be recognised as ours. */
  readonly batchMark: string;
  /** Incident rows in the partition, and those not resolved and not redirected. */
  readonly stored: number;
  readonly open: number;
  /** Running totals since the tenant was added. */
  readonly totals: RunCounts;
  readonly lastRun: TenantRun | undefined;
  /** ISO 8601 UTC. */
  readonly lastSuccess: string | undefined;
}

export const newTenantState: TenantState = {
  cursor: emptyCursor,
  leaseOwner: undefined,
  batchMark: '',
  stored: 0,
  open: 0,
  totals: noCounts,
  lastRun: undefined,
  lastSuccess: undefined,
};
