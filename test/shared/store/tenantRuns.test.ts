import type { TenantRun } from '../../../shared/model/run';
import { addCounts } from '../../../shared/model/run';
import { readTenantRun, writeTenantRun } from '../../../shared/store/tenantRuns';
import { memoryTable } from '../../support/memoryTable';
import { tenantIdOf } from '../../support/plainTenant';

const tenantId = tenantIdOf(1);
const run: TenantRun = {
  runId: '1795161600000-abcdef012345',
  tenantId,
  state: 'failed',
  startedAt: '2026-11-20T08:00:00.000Z',
  seconds: 12.5,
  counts: addCounts({ listed: 7, new: 1, changed: 2, unchanged: 4 }, { calls: 3, incidentWrites: 3, batches: 2 }),
  code: 'ERR_UPSTREAM',
  reason: 'Graph answered 503',
};

test('a run comes back as it was written', async () => {
  const table = memoryTable();
  await writeTenantRun(table, run);
  expect(await readTenantRun(tenantId, table, run.runId)).toEqual(run);
});

test('writing it again replaces it whole: an end without a reason has none', async () => {
  const table = memoryTable();
  await writeTenantRun(table, run);
  await writeTenantRun(table, { ...run, state: 'succeeded', code: null, reason: null });
  expect(await readTenantRun(tenantId, table, run.runId)).toMatchObject({
    state: 'succeeded',
    code: null,
    reason: null,
  });
});

test('the latest run comes first in the table', async () => {
  const table = memoryTable();
  for (const ms of [1_795_161_600_000, 1_795_161_660_000, 999])
    await writeTenantRun(table, { ...run, runId: `${ms.toString().padStart(13, '0')}-abcdefgh` });
  const keys = table.rows().map(({ rowKey }) => rowKey);
  expect([...keys].sort().map((key) => key.split('_')[2])).toEqual([
    '1795161660000-abcdefgh',
    '1795161600000-abcdefgh',
    '0000000000999-abcdefgh',
  ]);
});

test('another tenant’s run, an unknown and a malformed id are all undefined', async () => {
  const table = memoryTable();
  await writeTenantRun(table, run);
  await table.write({ kind: 'insert', row: { partitionKey: tenantId, rowKey: 'state' } });
  expect(await readTenantRun(tenantIdOf(2), table, run.runId)).toBeUndefined();
  for (const runId of ['1795161600000-unknownid', 'state', '', '../state', `${run.runId}/..`])
    expect(await readTenantRun(tenantId, table, runId)).toBeUndefined();
});
