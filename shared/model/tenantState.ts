import type { Cursor } from './cursor';
import { emptyCursor } from './cursor';
import type { RunCounts, TenantRun } from './run';
import { noCounts } from './run';
import type { Time7 } from './time7';

/** An incident that is stored as it was last shown. */
export interface SeenIncident {
  readonly incidentId: string;
  readonly version: Time7;
  /** Of its content as received. */
  readonly mark: string;
}

/** The `state` row: cursor, fence, lease and counters. Written only by the syncing run, with If-Match in every batch. */
export interface TenantState {
  readonly cursor: Cursor;
  /** The run that holds the tenant through several batches; its time is the row's own server timestamp. */
  readonly leaseOwner: string | undefined;
  /** Names the last batch written, so that a write whose answer was lost can be recognised as ours. */
  readonly batchMark: string;
  /** The newest incidents of the last complete run, so that showing them again costs no look at their rows. */
  readonly lastSeen: readonly SeenIncident[];
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
  lastSeen: [],
  stored: 0,
  open: 0,
  totals: noCounts,
  lastRun: undefined,
  lastSuccess: undefined,
};
