import type { ReadingJob } from '../model/job';
import type { RunProgress, RunState, TenantRun } from '../model/run';
import type { Time7 } from '../model/time7';
import { latest, minusMinutes } from '../model/time7';
import { lengthMs } from '../sync/coverage/span';
import { keptMinutes } from '../sync/reading/readJoined';
import { stageOf } from './stages';

export interface JobEnding {
  readonly state: RunState;
  readonly code: string | null;
  readonly reason: string | null;
}

export const stillRunning: JobEnding = { state: 'running', code: null, reason: null };

/** The job as runs/{runId} shows it. */
export const runOfJob = (job: ReadingJob, ending: JobEnding): TenantRun => ({
  runId: job.runId,
  tenantId: job.tenantId,
  startedAt: job.startedAt,
  seconds: job.counts.seconds,
  counts: job.counts,
  ...ending,
  progress: progressOf(job),
});

const progressOf = (job: ReadingJob): RunProgress => {
  const { from, to, by, foundLate } = job;
  const remaining = remainingOf(job).map((range) => ({ from: range.from, to: range.to }));
  return { from, to, by, remaining, percent: percentOf(job, remaining), foundLate };
};

/** Of the range itself, what is not read. */
export const remainingOf = (job: ReadingJob): ReadingJob['left'] => (job.stage === 0 ? job.left : job.unread);

/** By time, not by incidents: how many there are is known only at the end. Before what Defender keeps there is nothing. */
const percentOf = ({ from, to, stage }: ReadingJob, remaining: readonly { from: Time7; to: Time7 }[]): number => {
  const start = latest(from, minusMinutes(to, keptMinutes));
  const whole = lengthMs({ from: start, to });
  if (whole <= 0) return stage > 0 ? 100 : 0;
  const left = remaining.reduce(
    (sum, gap) => sum + Math.max(0, lengthMs({ from: latest(gap.from, start), to: gap.to })),
    0,
  );
  return Math.max(0, Math.min(100, Math.floor(100 * (1 - left / whole))));
};

/** How a job ends that got through its stages. */
export const endingOf = (job: ReadingJob): JobEnding => {
  if (stageOf(job) !== undefined) return stillRunning;
  const [first] = job.unread;
  if (first === undefined) return { state: 'succeeded', code: null, reason: null };
  const reason = `${job.unread.length} range(s) could not be read whole: ${first.reason}`;
  return { state: 'partial', code: null, reason };
};
