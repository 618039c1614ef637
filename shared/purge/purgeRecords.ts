import type { Log, RowQuery, Table } from '../ports';
import { text } from '../store/columns';
import { deleteRows } from '../store/deleteRows';
import { readJob } from '../store/jobs';
import { jobRowsBefore, runRowsBefore } from '../store/keys';
import { endJob } from '../reconcile/endJob';
import type { Purged } from './purgeIncidents';

const maxPages = 5;

/** Deletes a tenant's runs that began before `beforeMs` (milliseconds since 1970) and the usage of months before. */
export const purgeRecords = async (table: Table, tenantId: string, beforeMs: number): Promise<Purged> => {
  const month = new Date(beforeMs).toISOString().slice(0, 7).replace('-', '');
  const runs = await deleteSome(table, { partition: tenantId, ...runRowsBefore(beforeMs) });
  const usage = await deleteSome(table, { partition: tenantId, rowFrom: 'm_', rowBefore: `m_${month}` });
  return { rows: runs.rows + usage.rows, whole: runs.whole && usage.whole };
};

/** Whole partitions of the relay's own runs, a day each. @param before `2026-11-20`, exclusive */
export const purgeRelayRuns = (runs: Table, before: string): Promise<Purged> =>
  deleteSome(runs, { partitionFrom: '0', partitionBefore: before });

const deleteSome = async (table: Table, query: RowQuery): Promise<Purged> => {
  let rows = 0;
  let pages = 0;
  for await (const page of table.pages({ ...query, select: ['state'] })) {
    for (const partition of new Set(page.map(({ row }) => row.partitionKey)))
      await deleteRows(
        table,
        page.filter(({ row }) => row.partitionKey === partition),
      );
    rows += page.length;
    pages += 1;
    if (pages >= maxPages) return { rows, whole: false };
  }
  return { rows, whole: true };
};

const dayMs = 24 * 60 * 60_000;
/** Longer than any job waits without coming nearer to its end. */
const forgottenMs = 2 * dayMs;

/** Ends jobs that nobody goes on with, such as those of a night whose orchestration was lost. */
export const endForgottenJobs = async (
  deps: { readonly incidents: Table; readonly log: Log },
  tenantId: string,
  nowMs: number,
): Promise<number> => {
  let ended = 0;
  const query = { partition: tenantId, ...jobRowsBefore(nowMs - forgottenMs), select: ['runId', 'progressAt'] };
  for await (const page of deps.incidents.pages(query))
    for (const { row } of page) {
      if (nowMs - Date.parse(text(row, 'progressAt') ?? '') <= forgottenMs) continue;
      const job = await readJob(tenantId, deps.incidents, text(row, 'runId') ?? '');
      if (job === undefined) continue;
      await endJob(deps, job, { state: 'partial', code: null, reason: 'Nobody went on with it for two days.' });
      ended += 1;
    }
  return ended;
};
