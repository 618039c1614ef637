import type { CoverageWindow } from './coverage';
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

/** How often the tenant brings something, by Defender's clock. */
export interface Rhythm {
  readonly lastChange: Time7;
  /** Mean time between changes, weighted to the recent ones. */
  readonly meanMs: number;
  /** The longest time between two changes of late: nights and weekends. */
  readonly longestMs: number;
  /** Changes it was learned from. */
  readonly seen: number;
}

/** Running totals as they stood when the month began. */
export interface MonthStart {
  /** `yyyymm` */
  readonly month: string;
  readonly totals: RunCounts;
}

/** When calls were made of late, by the storage's clock, so that the next run anywhere knows what is left of the limit. */
export interface CallLog {
  /** Calls by hundredth of a second, oldest first, of the last minute: in coarser steps a run a minute would find none free every few minutes. */
  readonly hundredths: readonly (readonly [epochHundredth: number, calls: number])[];
  /** Calls by minute, oldest first, of the last hour. */
  readonly minutes: readonly (readonly [epochMinute: number, calls: number])[];
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
  /** Last success that brought something new or changed, ISO 8601 UTC. */
  readonly lastNonEmpty: string | undefined;
  /** The newest stretch of the coverage ledger, still growing. */
  readonly window: CoverageWindow | undefined;
  readonly month: MonthStart | undefined;
  readonly rhythm: Rhythm | undefined;
  readonly calls: CallLog;
  /** Rows in quarantine: where it is 0 nobody need look for them. */
  readonly quarantined: number;
  /** The last time a deep read found versions that should have been stored: when, by the server's clock, and how many. */
  readonly foundLate?: { readonly at: Time7; readonly count: number };
  /** Counts of the last run that did not agree between two stages, in words. */
  readonly disagreement: string | undefined;
}

export const noCalls: CallLog = { hundredths: [], minutes: [] };

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
  lastNonEmpty: undefined,
  window: undefined,
  month: undefined,
  rhythm: undefined,
  calls: noCalls,
  quarantined: 0,
  disagreement: undefined,
};
