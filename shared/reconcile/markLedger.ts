import type { CoverageWindow, Span } from '../model/coverage';
import type { ReadingJob } from '../model/job';
import type { TenantState } from '../model/tenantState';
import type { Time7 } from '../model/time7';
import type { Table } from '../ports';
import { markReconciled } from '../sync/coverage/markReconciled';
import { withReconciled } from '../sync/coverage/reconciled';
import { spanOfGap, without } from '../sync/coverage/span';
import { remainingOf } from './jobRun';

/** The stretches of the ledger's time that the job covered; none where it went by creation, which says nothing of updates. */
const covered = (job: ReadingJob): readonly Span[] =>
  job.by === 'created' ? [] : without([{ from: job.from, to: job.to }], remainingOf(job).map(spanOfGap));

interface Marked {
  readonly spans: readonly Span[];
  readonly readAt: Time7;
}

const markedBy = (job: ReadingJob): Marked | undefined => {
  const spans = covered(job);
  return job.readAt === undefined || spans.length === 0 ? undefined : { spans, readAt: job.readAt };
};

/** Writes into the closed windows that a deep read covered them. Before the step's last batch, so that no crash forgets it. */
export const markLedger = async (table: Table, job: ReadingJob): Promise<void> => {
  const marked = markedBy(job);
  for (const [at, span] of (marked?.spans ?? []).entries()) {
    const isNewest = at === (marked?.spans.length ?? 0) - 1;
    const facts = { ...span, at: marked?.readAt ?? span.to, foundLate: isNewest ? job.foundLate : 0 };
    await markReconciled(table, job.tenantId, facts);
  }
};

/** What the state row says of a job that is through: the open window, and when something was found late. */
export const withLateFindings = (
  job: ReadingJob,
  { window, foundLate }: Pick<TenantState, 'window' | 'foundLate'>,
): Partial<TenantState> => {
  const marked = markedBy(job);
  const at = job.readAt;
  const late = job.foundLate > 0 && at !== undefined ? { at, count: job.foundLate } : foundLate;
  const told = late === undefined ? {} : { foundLate: late };
  if (window === undefined) return told;
  const open = (marked?.spans ?? []).reduce<CoverageWindow>(
    (growing, span) => withReconciled(growing, span, marked?.readAt ?? span.to, 0),
    window,
  );
  return { ...told, window: { ...open, foundLate: window.foundLate + lateOfOpen(job, window.from) } };
};

/** What no closed window tells: of a range that reaches into the open one, or has no place in the ledger. */
const lateOfOpen = (job: ReadingJob, openFrom: Time7): number =>
  markedBy(job) === undefined || job.to > openFrom ? job.foundLate : 0;
