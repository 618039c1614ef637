import { openJobs } from '../../../shared/store/openJobs';
import { memoryTable } from '../../support/memoryTable';
import { tenantIdOf } from '../../support/plainTenant';

const job = (at: number) => ({
  tenantId: tenantIdOf(at),
  runId: `${1_795_161_600_000 + at}-random000001`,
  kind: 'backfill' as const,
});

test('open jobs come oldest first, as many as asked for, and are gone once done', async () => {
  const jobs = openJobs(memoryTable());
  for (const at of [3, 1, 2]) await jobs.add(job(at));
  await jobs.add(job(1));
  expect(await jobs.first(10)).toEqual([job(1), job(2), job(3)]);
  expect(await jobs.first(2)).toEqual([job(1), job(2)]);
  await jobs.done(job(2));
  await jobs.done(job(2));
  expect(await jobs.first(10)).toEqual([job(1), job(3)]);
});
