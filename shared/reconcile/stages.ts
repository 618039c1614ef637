import type { Gap } from '../model/cursor';
import type { ReadingJob } from '../model/job';
import { beginning } from '../model/time7';
import { plannedReasons } from '../sync/position/gaps';
import type { Slice } from '../sync/reading/stretch';

/** `list`: ranges of a list are read · `ask`: open incidents that no list showed are asked for one by one. */
export type Stage =
  { readonly kind: 'list'; readonly slice: Slice & { readonly to: string } } | { readonly kind: 'ask' };

/** As Graph spells them. */
const openStatuses = ['active', 'inProgress'] as const;

/** What a job consists of, in order; the first is the range it was asked for. */
export const stagesOf = ({ kind, from, to, by }: Pick<ReadingJob, 'kind' | 'from' | 'to' | 'by'>): readonly Stage[] => {
  const range: Stage = { kind: 'list', slice: { from, to, by } };
  if (kind !== 'nightly') return [range];
  const open = openStatuses.map((status): Stage => {
    return { kind: 'list', slice: { from: beginning, to, by: 'updated', status } };
  });
  return [range, ...open, { kind: 'ask' }];
};

/** Undefined once the job is through. */
export const stageOf = (job: ReadingJob): Stage | undefined => stagesOf(job)[job.stage];

/** What there is to read in the job's stage at its start. */
export const leftOf = (job: ReadingJob): readonly Gap[] => {
  const stage = stageOf(job);
  if (stage?.kind !== 'list') return [];
  const { from, to } = stage.slice;
  const nextTry = new Date(0).toISOString();
  return [{ from, to, reason: plannedReasons.backfill, attempts: 0, nextTry }];
};

/** The job in its next stage; what was given up of the range itself is remembered, of the listings it is not. */
export const afterStage = (job: ReadingJob): ReadingJob => {
  const unread = job.stage === 0 ? job.left : job.unread;
  const next = { ...job, stage: job.stage + 1, left: [], unread };
  return { ...next, left: leftOf(next) };
};
