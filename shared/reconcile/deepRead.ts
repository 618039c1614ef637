import { addCounts } from '../model/run';
import type { RunCounts, TenantRun } from '../model/run';
import type { ReadingJob } from '../model/job';
import type { Tenant } from '../model/tenant';
import type { TenantState } from '../model/tenantState';
import type { Time7 } from '../model/time7';
import { toJobRow } from '../store/jobs';
import { toTenantRunRow } from '../store/tenantRuns';
import { readState } from '../store/tenantState';
import type { Judged } from '../sync/comparing/diff';
import { followMerges } from '../sync/run/followMerges';
import { dueGaps } from '../sync/position/gaps';
import type { Closing } from '../sync/storing/passWriter';
import { callsPerRun } from '../sync/limits/permits';
import { readSlices } from '../sync/reading/readSlices';
import { steppingDown } from '../sync/reading/stepDown';
import type { Slice, Stretch } from '../sync/reading/stretch';
import type { IntakeDeps } from '../sync/run/takeIn';
import { heldWhole, lookAhead, takeIn } from '../sync/run/takeIn';
import type { RunTools, SyncDeps, TenantOutcome } from '../sync/run/tenantRun';
import { busyOutcome, runTenant } from '../sync/run/tenantRun';
import { asksPerNight, askMissing } from './askMissing';
import { baselineOf, isFoundLate } from './isFoundLate';
import { createRangeList } from './jobProgress';
import { endingOf, runOfJob } from './jobRun';
import { markLedger, withLateFindings } from './markLedger';
import { unreadMs } from './nearer';
import type { Stage } from './stages';
import { afterStage, stageOf } from './stages';
import { isRegularTurn } from './turn';

/** The other half is left to the tenant's regular reading. */
export const callsPerStep = Math.floor(callsPerRun / 2);
/** Ids beyond these are not remembered, and then nothing is concluded from a list. */
const maxListedOpen = 50_000;
/** A nightly read gives a range up after so many tries: the next night reads it again. */
const nightlyTries = 3;

export interface DeepReadEnd extends TenantOutcome {
  /** As it was saved with the rows of this step; the job as it was where nothing was saved. */
  readonly job: ReadingJob;
}

/**
 * One step of a job: reads on where the last one stopped, with at most half of a run's calls, through the normal intake. It gives way to
 * the tenant's regular reading: where that is due, or under way, the answer is `busy`. `complete`: the job is through, its run's row says
 * how it ended, and its own row is the caller's to delete.
 * @param runId of this step
 */
export const deepRead = async (
  deps: SyncDeps,
  tenant: Tenant,
  runId: string,
  job: ReadingJob,
): Promise<DeepReadEnd> => {
  const { clock, incidents, intervalSeconds, overlapMinutes } = deps;
  const { state } = await readState(tenant.tenantId, incidents);
  if (isRegularTurn(state, tenant, intervalSeconds, clock.now())) return { ...busyOutcome(clock.now()), job };

  let step = stepOf(job, deps);
  const request = { runId, requested: false, isStep: true, maxCalls: callsPerStep };
  const outcome = await runTenant(deps, tenant, request, async (tools) => {
    step = stepOf({ ...job, baseline: job.baseline ?? baselineOf(tools.before.cursor, overlapMinutes) }, deps);
    let isDone = false;
    tools.closeWith((run, state) => {
      // Its work was done, so it failed in writing, and what was queued is lost.
      if (isDone && run.state === 'failed') step.doubt();
      return step.isCertain() ? closingOfStep(step.asOf(run), state) : { changes: {}, rows: [] };
    });
    const end = await work(deps, tools, step);
    isDone = true;
    return end;
  });
  if (step.late() > 0)
    deps.log.error('incidents found late', {
      tenantId: job.tenantId,
      runId: job.runId,
      from: job.from,
      to: job.to,
      count: step.late(),
    });
  const isSaved = outcome.state === 'complete' || outcome.state === 'cut' || outcome.state === 'failed';
  return { ...outcome, job: isSaved && step.isCertain() ? step.asOf(undefined) : job };
};

/** The job's run as everyone may see it, and, until its end, the job itself. */
const closingOfStep = (job: ReadingJob, state: TenantState): Closing => {
  const runRow = toTenantRunRow(runOfJob(job, endingOf(job)));
  if (stageOf(job) !== undefined) return { changes: {}, rows: [runRow, toJobRow(job)] };
  return { changes: withLateFindings(job, state), rows: [runRow] };
};

/** What a step makes of its job. */
interface Step {
  readonly job: ReadingJob;
  change(change: Partial<ReadingJob>): void;
  advance(): void;
  readAt(serverTime: Time7): void;
  isLate(): void;
  /** Versions that this step found late. */
  late(): number;
  /** After a failed write nothing that was read counts. */
  doubt(): void;
  isCertain(): boolean;
  /** The job as of this step's last batch. */
  asOf(run: TenantRun | undefined): ReadingJob;
}

const stepOf = (start: ReadingJob, { clock }: Pick<SyncDeps, 'clock'>): Step => {
  let job = start;
  let late = 0;
  let certain = true;
  let counts: RunCounts | undefined;
  return {
    get job() {
      return job;
    },
    change: (change) => (job = { ...job, ...change }),
    advance: () => (job = afterStage(job)),
    readAt: (serverTime) => (job = { ...job, readAt: job.readAt ?? serverTime }),
    isLate: () => void (late += 1),
    late: () => late,
    doubt: () => (certain = false),
    isCertain: () => certain,
    asOf: (run) => {
      counts = run?.counts ?? counts;
      const isNearer = job.stage > start.stage || unreadMs(job.left) < unreadMs(start.left);
      return {
        ...job,
        foundLate: job.foundLate + late,
        counts: counts === undefined ? job.counts : addCounts(job.counts, counts),
        progressAt: isNearer ? new Date(clock.now()).toISOString() : job.progressAt,
      };
    },
  };
};

const work = async (deps: SyncDeps, tools: RunTools, step: Step): Promise<'succeeded' | 'partial'> => {
  const { writer, quarantine, source, now } = tools;
  const { clock } = deps;
  const heldBefore = quarantine.incidentIds();
  const intake: IntakeDeps = {
    writer,
    quarantine,
    clock,
    redirects: new Set<string>(),
    onJudged: (judged: Judged) => {
      const { baseline } = step.job;
      if (baseline !== undefined && isFoundLate(judged, baseline, heldBefore)) step.isLate();
    },
  };
  for (let stage = stageOf(step.job); stage !== undefined; stage = stageOf(step.job)) {
    if (stage.kind === 'ask') {
      const { listedOpen } = step.job;
      // Asked in one go, so that a step which is run again begins the same list.
      if (tools.permits.used > callsPerStep - asksPerNight) return 'partial';
      const asking = {
        ...intake,
        source,
        tenantId: step.job.tenantId,
        table: deps.incidents,
        bodies: deps.bodies,
        now,
      };
      if (listedOpen.length <= maxListedOpen) await askMissing(asking, step.job);
    } else if ((await readStage(deps, tools, intake, step, stage)) === 'partial') return 'partial';
    step.advance();
  }
  await followMerges({ ...intake, source });
  await markLedger(deps.incidents, step.asOf(undefined));
  return 'succeeded';
};

const readStage = async (
  { clock, overlapMinutes }: SyncDeps,
  { source, writer, permits, now }: RunTools,
  intake: IntakeDeps,
  step: Step,
  { slice }: Extract<Stage, { kind: 'list' }>,
): Promise<'read' | 'partial'> => {
  const list = createRangeList(step.job.left, clock);
  const due = dueGaps({ ...noCursor, gaps: list.left }, clock.now());
  const slices = due.map(({ from, to, attempts }): Slice => ({ ...slice, from, to, attempts }));
  const takeStretch = async (stretch: Stretch): Promise<void> => {
    step.readAt(stretch.serverTime);
    if (slice.status !== undefined) remember(step, stretch);
    await takeIn(intake, stretch);
  };
  const flushFull = async (): Promise<void> => {
    step.change({ left: list.left });
    try {
      await writer.flushFull();
    } catch (error) {
      step.doubt();
      throw error;
    }
  };
  const reading = {
    source,
    readPage: steppingDown(source, heldWhole(intake)),
    freshMinutes: overlapMinutes,
    now,
    callsLeft: () => permits.left,
    lookAhead: lookAhead(intake),
    takeIn: takeStretch,
    flushFull,
  };
  try {
    if ((await readSlices(reading, slices, list.progress)) === 'cut') return 'partial';
  } finally {
    step.change({ left: list.left });
  }
  const isGivenUp = step.job.kind === 'nightly' && list.left.every(({ attempts }) => attempts >= nightlyTries);
  return list.left.length === 0 || isGivenUp ? 'read' : 'partial';
};

const noCursor = { head: undefined, readThrough: undefined, resume: undefined };

const remember = (step: Step, { incidents }: Stretch): void => {
  const { listedOpen } = step.job;
  // One more than is kept tells that there were more.
  if (listedOpen.length > maxListedOpen) return;
  const ids = incidents.map(({ header }) => header.incidentId);
  step.change({ listedOpen: [...new Set([...listedOpen, ...ids])].slice(0, maxListedOpen + 1) });
};
