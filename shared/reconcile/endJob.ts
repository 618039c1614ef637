import type { ReadingJob } from '../model/job';
import type { Log, Table } from '../ports';
import { deleteJob } from '../store/jobs';
import { readTenantRun, toTenantRunRow } from '../store/tenantRuns';
import type { JobEnding } from './jobRun';
import { runOfJob } from './jobRun';

/** Ends a job before it is through: its run says why, and its own row goes. What was read is stored and stays. */
export const endJob = async (
  { incidents, log }: { readonly incidents: Table; readonly log: Log },
  job: ReadingJob,
  ending: JobEnding,
): Promise<void> => {
  const { tenantId, runId, kind } = job;
  log.warn('job given up', { tenantId, runId, kind, reason: ending.reason ?? '' });
  // An erased tenant gets no row any more, nor does a night of which no step was saved.
  if ((await readTenantRun(tenantId, incidents, runId)) !== undefined)
    await incidents.write({ kind: 'upsert', row: toTenantRunRow(runOfJob(job, ending)) });
  await deleteJob(tenantId, incidents, runId);
};
