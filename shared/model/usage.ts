import type { RunCounts } from './run';

/** What a tenant cost in one month. */
export interface MonthUsage {
  /** `yyyymm` */
  readonly month: string;
  readonly counts: RunCounts;
}
