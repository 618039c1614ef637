import { runIdTime } from '../model/runId';
import type { Clock, Log, Orchestrations, Table } from '../ports';
import type { DueIndex } from '../store/due';
import { readJob } from '../store/jobs';
import type { OpenJob, OpenJobs } from '../store/openJobs';
import { readTenantRun, writeTenantRun } from '../store/tenantRuns';

export interface SweepJobsDeps {
  readonly orchestrations: Pick<Orchestrations, 'find' | 'terminate' | 'start'>;
  readonly openJobs: Pick<OpenJobs, 'first' | 'done'>;
  readonly incidents: Table;
  readonly due: Pick<DueIndex, 'add'>;
  readonly clock: Clock;
  readonly log: Log;
}

const perSweep = 1_000;
/** A start takes seconds, and a run that someone asked for a few minutes. */
const patienceMs = 10 * 60_000;

interface OrchestrationOf {
  readonly name: string;
  readonly instanceId: string;
}

const orchestrationOf = ({ kind, tenantId, runId }: OpenJob): OrchestrationOf => {
  if (kind === 'sync') return { name: 'syncOne', instanceId: `sync-${tenantId}-${runId}` };
  if (kind === 'backfill') return { name: 'backfill', instanceId: `backfill-${tenantId}-${runId}` };
  return { name: 'reconcileOne', instanceId: `reconcile-${tenantId}-${runId}` };
};

/** Sees to runs that someone asked for and that show no end: lost ones go on. @returns how many */
export const sweepJobs = async (deps: SweepJobsDeps): Promise<number> => {
  let lost = 0;
  for (const job of await deps.openJobs.first(perSweep)) {
    const ageMs = deps.clock.now() - (runIdTime(job.runId) ?? 0);
    if (ageMs <= patienceMs) continue;
    lost += Number(job.kind === 'sync' ? await sweepRun(deps, job) : await sweepJob(deps, job));
  }
  return lost;
};

/** A lost reading of a tenant is made up for by its due row; its run says so. */
const sweepRun = async (deps: SweepJobsDeps, job: OpenJob): Promise<boolean> => {
  const { orchestrations, incidents, due, openJobs, clock, log } = deps;
  const { tenantId, runId } = job;
  const run = await readTenantRun(tenantId, incidents, runId);
  const isLost = run !== undefined && (run.state === 'queued' || run.state === 'running');
  if (isLost) {
    const { instanceId } = orchestrationOf(job);
    log.warn('run lost', { tenantId, runId, state: run.state });
    await orchestrations.terminate(instanceId, 'It took too long; the sweep ended it.');
    const reason = 'The run showed no end within ten minutes; the tenant is read again at once.';
    await writeTenantRun(incidents, { ...run, state: 'failed', code: 'ERR_UPSTREAM', reason });
    await due.add(tenantId, clock.now());
  }
  await openJobs.done(job);
  return isLost;
};

/** A job goes on where its row stands, under the same id. */
const sweepJob = async (deps: SweepJobsDeps, job: OpenJob): Promise<boolean> => {
  const { orchestrations, incidents, openJobs, log } = deps;
  const { tenantId, runId, kind } = job;
  if ((await readJob(tenantId, incidents, runId)) === undefined) {
    await openJobs.done(job);
    return false;
  }
  const { name, instanceId } = orchestrationOf(job);
  // One that hangs is ended by the other part of the sweep, and found here the next time.
  if ((await orchestrations.find(instanceId))?.isUnderWay === true) return false;
  log.warn('job started again', { tenantId, runId, kind });
  await orchestrations.start(name, instanceId, { tenantId, runId });
  return true;
};
