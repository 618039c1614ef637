import type { Time7 } from './time7';

/** `cut`: the call allowance or the time of the run was used up; the next run goes on at the same place. */
export type RunState = 'queued' | 'running' | 'succeeded' | 'partial' | 'failed';

/** What one run did for one tenant. Counts of incidents are of versions seen, not of distinct incidents. */
export interface RunCounts {
  readonly listed: number;
  readonly new: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Rows that could not be taken in, each time they were met. */
  readonly quarantined: number;
  readonly calls: number;
  /** Incident rows written. */
  readonly incidentWrites: number;
  /** Outbox events written. */
  readonly queued: number;
  /** Table transactions in the tenant's partition. */
  readonly batches: number;
  /** Storage operations of any kind. */
  readonly operations: number;
  readonly seconds: number;
}

export const noCounts: RunCounts = {
  listed: 0,
  new: 0,
  changed: 0,
  unchanged: 0,
  quarantined: 0,
  calls: 0,
  incidentWrites: 0,
  queued: 0,
  batches: 0,
  operations: 0,
  seconds: 0,
};

const countNames = Object.keys(noCounts) as readonly (keyof RunCounts)[];

/** Counters that a row of an older release lacks count as zero. */
export const addCounts = (a: Partial<RunCounts>, b: Partial<RunCounts>): RunCounts =>
  Object.fromEntries(countNames.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)])) as unknown as RunCounts;

/** How far a run over a range of Defender's time has come. */
export interface RunProgress {
  readonly from: Time7;
  readonly to: Time7;
  /** Which time of an incident the range means. */
  readonly by: 'updated' | 'created';
  /** What is not read yet, oldest first; at the end, what could not be read. */
  readonly remaining: readonly { readonly from: Time7; readonly to: Time7 }[];
  /** 0 to 100. */
  readonly percent: number;
  /** Versions that should have been stored before and were not. */
  readonly foundLate: number;
}

export interface TenantRun {
  readonly runId: string;
  readonly tenantId: string;
  readonly state: RunState;
  /** ISO 8601 UTC, our clock: for people, never for coverage. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly counts: RunCounts;
  readonly code: string | null;
  readonly reason: string | null;
  /** Only of a run that works through a range over many steps. */
  readonly progress?: RunProgress;
}
