import type { ReadingJob } from '../../../shared/model/job';
import { noCounts } from '../../../shared/model/run';
import type { Time7 } from '../../../shared/model/time7';
import { checkRow } from '../../../shared/store/guard';
import { deleteJob, readJob, toJobRow } from '../../../shared/store/jobs';
import { memoryTable } from '../../support/memoryTable';
import { randomSource } from '../../support/randomSource';
import { tenantIdOf } from '../../support/plainTenant';

const time = (text: string): Time7 => `2026-11-20T${text}:00.0000000Z` as Time7;
const gap = { from: time('01:00'), to: time('02:00'), reason: '206', attempts: 2, nextTry: '2026-11-20T09:00:00.000Z' };
const job: ReadingJob = {
  tenantId: tenantIdOf(1),
  runId: '1795161600000-random000001',
  kind: 'nightly',
  from: time('00:00'),
  to: time('08:00'),
  by: 'created',
  stage: 2,
  left: [gap],
  unread: [{ ...gap, to: time('03:00') }],
  baseline: { settledThrough: time('07:00'), gaps: [{ from: time('04:00'), to: time('05:00') }] },
  readAt: time('08:01'),
  listedOpen: ['1', '20', 'ä'],
  foundLate: 3,
  counts: { ...noCounts, listed: 7, seconds: 1.5 },
  startedAt: '2026-11-20T08:01:00.000Z',
  progressAt: '2026-11-20T08:02:00.000Z',
};

test('a job comes back as it was written, and is gone once deleted', async () => {
  const table = memoryTable();
  for (const one of [job, { ...job, baseline: undefined, readAt: undefined, left: [], unread: [], listedOpen: [] }]) {
    await table.write({ kind: 'upsert', row: toJobRow(one) });
    expect(await readJob(one.tenantId, table, one.runId)).toEqual(one);
  }
  await deleteJob(job.tenantId, table, job.runId);
  expect(await readJob(job.tenantId, table, job.runId)).toBeUndefined();
});

test('as many open incidents as are ever remembered fit its row', async () => {
  const random = randomSource(1);
  const listedOpen = Array.from({ length: 50_001 }, () => `${random.below(2 ** 31)}`);
  const row = toJobRow({ ...job, listedOpen, left: Array.from({ length: 50 }, () => gap) });
  expect(() => checkRow(row)).not.toThrow();
  const table = memoryTable();
  await table.write({ kind: 'insert', row });
  expect((await readJob(job.tenantId, table, job.runId))?.listedOpen).toEqual(listedOpen);
});
