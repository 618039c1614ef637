import type { ReadingJob } from '../model/job';
import type { Tenant } from '../model/tenant';
import type { Clock, Log, Table } from '../ports';
import { deleteJob, readJob } from '../store/jobs';
import type { OpenJobs } from '../store/openJobs';
import type { TenantRegistry } from '../store/tenants';
import type { DeepReadEnd } from './deepRead';
import { endJob } from './endJob';
import type { JobEnding } from './jobRun';
import { unreadMs } from './nearer';
import { leftOf } from './stages';

export interface StepJobDeps {
  readonly registry: Pick<TenantRegistry, 'get'>;
  readonly incidents: Table;
  readonly openJobs: OpenJobs;
  readonly clock: Clock;
  readonly log: Log;
  readonly deepRead: (tenant: Tenant, job: ReadingJob) => Promise<DeepReadEnd>;
}

export interface JobId {
  readonly tenantId: string;
  readonly runId: string;
}

/** What an orchestration has to know of a step. */
export interface JobStep {
  readonly ended: boolean;
  /** Before the next step. */
  readonly waitSeconds: number;
}

const ended: JobStep = { ended: true, waitSeconds: 0 };

/** A job that comes no nearer to its end for so long is given up. */
const patienceMs = 24 * 60 * 60_000;
/** Between two steps, so that a long job takes its share of the rate limit and no more. */
const leastWaitSeconds = 10;
const longestWaitSeconds = 10 * 60;

/** One step of a job that someone asked for. A job that is not there has ended: an activity may run twice. */
export const stepJob = async (deps: StepJobDeps, id: JobId): Promise<JobStep> => {
  const { registry, incidents, clock, log } = deps;
  const job = await readJob(id.tenantId, incidents, id.runId);
  if (job === undefined) {
    await deps.openJobs.done(id);
    return ended;
  }
  const tenant = await registry.get(id.tenantId);
  if (tenant === undefined) return giveUp(deps, job, failedBecause('The tenant was removed.'));
  if (!tenant.enabled) return giveUp(deps, job, failedBecause('Reading of the tenant was switched off.'));

  const end = await deps.deepRead(tenant, job);
  log.info('job step', { ...id, kind: job.kind, state: end.state, code: end.code, calls: end.counts.calls });
  if (end.state === 'complete') {
    await deleteJob(id.tenantId, incidents, id.runId);
    await deps.openJobs.done(id);
    return ended;
  }
  if (clock.now() - Date.parse(end.job.progressAt) > patienceMs) return giveUp(deps, end.job, withoutProgress(end));
  return { ended: false, waitSeconds: waitOf(end, clock.now()) };
};

const failedBecause = (reason: string): JobEnding => ({ state: 'failed', code: null, reason });

/** What was read is stored and stays: then it ends in part. */
const withoutProgress = ({ job, state, code }: DeepReadEnd): JobEnding => {
  const wasRead = unreadMs(job.left) < unreadMs(leftOf(job));
  const trouble = job.left.map(({ reason, attempts }) => (attempts > 0 ? reason : undefined)).find(Boolean);
  const why: Record<DeepReadEnd['state'], string> = {
    complete: 'unknown',
    cut: trouble ?? 'every step was cut short',
    busy: 'the regular reading of the tenant was always due or under way',
    waiting: 'Defender may not be asked; GET /tenants/{tenantId} says why',
    failed: `the steps failed (${code ?? 'unknown'})`,
  };
  const reason = `Given up after a day without progress: ${why[state]}.`;
  return { state: wasRead ? 'partial' : 'failed', code: code ?? null, reason };
};

const giveUp = async (deps: StepJobDeps, job: ReadingJob, ending: JobEnding): Promise<JobStep> => {
  await endJob(deps, job, ending);
  await deps.openJobs.done(job);
  return ended;
};

/** A range that waits for its next try needs no step before. */
const waitOf = ({ state, againAtMs, job }: DeepReadEnd, nowMs: number): number => {
  const tries = job.left.map(({ nextTry }) => Date.parse(nextTry));
  const nextTryMs = state === 'cut' && tries.length > 0 ? Math.min(...tries) : nowMs;
  const waitMs = Math.max(againAtMs ?? nowMs, nextTryMs) - nowMs;
  return Math.min(longestWaitSeconds, Math.max(leastWaitSeconds, Math.ceil(waitMs / 1000)));
};
