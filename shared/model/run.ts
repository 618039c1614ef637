/** `cut`: the call allowance or the time of the run was used up; the next run goes on at the same place. */
export type RunState = 'queued' | 'running' | 'succeeded' | 'partial' | 'failed';

/** What one run did for one tenant. Counts of incidents are of versions seen, not of distinct incidents. */
export interface RunCounts {
  readonly listed: number;
  readonly new: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly calls: number;
  /** Incident rows written. */
  readonly incidentWrites: number;
  /** Table transactions in the tenant's partition. */
  readonly batches: number;
}

export const noCounts: RunCounts = {
  listed: 0,
  new: 0,
  changed: 0,
  unchanged: 0,
  calls: 0,
  incidentWrites: 0,
  batches: 0,
};

export const addCounts = (a: RunCounts, b: RunCounts): RunCounts => ({
  listed: a.listed + b.listed,
  new: a.new + b.new,
  changed: a.changed + b.changed,
  unchanged: a.unchanged + b.unchanged,
  calls: a.calls + b.calls,
  incidentWrites: a.incidentWrites + b.incidentWrites,
  batches: a.batches + b.batches,
});

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
}
