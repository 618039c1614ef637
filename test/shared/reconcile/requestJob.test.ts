import { openJobs } from '../../../shared/store/openJobs';
import { readJob } from '../../../shared/store/jobs';
import { requestJob } from '../../../shared/reconcile/requestJob';
import type { JobRequest } from '../../../shared/reconcile/newJob';
import { readTenantRun } from '../../../shared/store/tenantRuns';
import type { Time7 } from '../../../shared/model/time7';
import { virtualClock } from '../../support/inProcessRelay';
import { memoryTable } from '../../support/memoryTable';
import { tenantIdOf } from '../../support/plainTenant';

const tenantId = tenantIdOf(1);
const march = { from: '2026-03-01T00:00:00.0000000Z' as Time7, to: '2026-03-31T23:59:59.0000000Z' as Time7 };

const requests = () => {
  const incidents = memoryTable();
  const index = memoryTable();
  let ids = 0;
  const deps = {
    incidents,
    openJobs: openJobs(index),
    clock: virtualClock('2026-11-20T08:00:00.000Z'),
    randomId: () => `random${(ids += 1).toString().padStart(6, '0')}`,
  };
  const ask = (kind: 'reconcile' | 'backfill' = 'backfill', range: Partial<Pick<JobRequest, 'from' | 'to'>> = {}) =>
    requestJob(deps, { tenantId, kind, ...march, by: 'updated', ...range });
  return { deps, incidents, ask };
};

test('a job is entered whole: its run as queued, its row, and where the sweep finds it', async () => {
  const { deps, incidents, ask } = requests();
  const runId = '1795161600000-random000001';
  expect(await ask()).toEqual({ runId, state: 'queued' });
  expect(await readTenantRun(tenantId, incidents, runId)).toMatchObject({
    state: 'queued',
    progress: { ...march, by: 'updated', remaining: [march], percent: 0, foundLate: 0 },
  });
  expect(await readJob(tenantId, incidents, runId)).toMatchObject({ kind: 'backfill', stage: 0, ...march });
  expect(await deps.openJobs.first(10)).toEqual([{ tenantId, runId, kind: 'backfill' }]);
});

test('while it has not ended, another request of its kind is told that one, whatever range it names', async () => {
  const { ask } = requests();
  const first = await ask();
  expect(await ask('backfill', { from: '2026-01-01T00:00:00.0000000Z' as Time7 })).toEqual(first);
  const other = await ask('reconcile');
  expect(other.runId).not.toBe(first.runId);
});

test('after its end another one may come', async () => {
  const { deps, incidents, ask } = requests();
  const first = await ask();
  await incidents.write({ kind: 'delete', partitionKey: tenantId, rowKey: `j_${first.runId}` });
  await deps.openJobs.done({ tenantId, runId: first.runId });
  expect((await ask()).runId).not.toBe(first.runId);
});

test('asked for at the same moment by many, it is one job', async () => {
  const { deps, incidents, ask } = requests();
  const all = await Promise.all(Array.from({ length: 8 }, () => ask()));
  expect(new Set(all.map(({ runId }) => runId)).size).toBe(1);
  expect(incidents.rows().filter(({ rowKey }) => rowKey.startsWith('j_'))).toHaveLength(1);
  expect(await deps.openJobs.first(10)).toHaveLength(1);
});
