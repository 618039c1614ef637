import { ConflictError } from '../errors';
import type { JobKind } from '../model/job';
import type { RunState } from '../model/run';
import { newRunId } from '../model/runId';
import type { Clock, RandomId, Row, Table } from '../ports';
import { text } from '../store/columns';
import { readJob, toJobRow } from '../store/jobs';
import type { OpenJobs } from '../store/openJobs';
import { readTenantRun, toTenantRunRow } from '../store/tenantRuns';
import { runOfJob } from './jobRun';
import type { JobRequest } from './newJob';
import { newJob } from './newJob';

export interface JobRequestDeps {
  readonly incidents: Table;
  readonly openJobs: OpenJobs;
  readonly clock: Clock;
  readonly randomId: RandomId;
}

export interface RequestedJob {
  readonly runId: string;
  readonly state: RunState;
}

/**
 * Enters a job into the tenant's rows as queued, or finds the one of its kind that has not ended: there is one at a time. Whoever asked
 * starts its orchestration, also of one that was found: it may have been lost, and an id that is taken is not started twice.
 */
export const requestJob = async (
  deps: JobRequestDeps,
  asked: Omit<JobRequest, 'runId' | 'kind'> & { readonly kind: Exclude<JobKind, 'nightly'> },
): Promise<RequestedJob> => {
  const { incidents, clock, randomId } = deps;
  const { tenantId, kind } = asked;
  const rowKey = `request_${kind}`;
  const pointer = await incidents.get(tenantId, rowKey);
  const lastId = pointer === undefined ? null : text(pointer.row, 'runId');
  if (lastId !== null && (await readJob(tenantId, incidents, lastId)) !== undefined) {
    const run = await readTenantRun(tenantId, incidents, lastId);
    return { runId: lastId, state: run?.state ?? 'queued' };
  }

  const runId = newRunId(clock.now(), randomId());
  const job = newJob({ ...asked, runId }, clock.now());
  await deps.openJobs.add({ tenantId, runId, kind });
  const row: Row = { partitionKey: tenantId, rowKey, runId };
  try {
    await incidents.writeBatch([
      pointer === undefined ? { kind: 'insert', row } : { kind: 'replace', row, etag: pointer.etag },
      { kind: 'upsert', row: toTenantRunRow(runOfJob(job, { state: 'queued', code: null, reason: null })) },
      { kind: 'upsert', row: toJobRow(job) },
    ]);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    await deps.openJobs.done({ tenantId, runId });
    // Someone else asked at the same moment: theirs is the run.
    return requestJob(deps, asked);
  }
  return { runId, state: 'queued' };
};
