import type { JobKind, ReadingJob } from '../model/job';
import { noCounts } from '../model/run';
import type { Time7 } from '../model/time7';
import { leftOf } from './stages';

export interface JobRequest {
  readonly tenantId: string;
  readonly runId: string;
  readonly kind: JobKind;
  readonly from: Time7;
  /** Inclusive. */
  readonly to: Time7;
  readonly by: ReadingJob['by'];
}

/** A job of which nothing is read yet. */
export const newJob = (request: JobRequest, nowMs: number): ReadingJob => {
  const now = new Date(nowMs).toISOString();
  const empty: ReadingJob = {
    ...request,
    stage: 0,
    left: [],
    unread: [],
    baseline: undefined,
    readAt: undefined,
    listedOpen: [],
    foundLate: 0,
    counts: noCounts,
    startedAt: now,
    progressAt: now,
  };
  return { ...empty, left: leftOf(empty) };
};
