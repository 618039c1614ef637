import { closeRun } from '../../../../shared/sync/shards/closeRun';
import { memoryTable } from '../../../support/memoryTable';

const summary = {
  slot: '2026-11-20T08:05Z',
  shards: 3,
  lost: 1,
  tenants: 100,
  complete: 90,
  failed: 2,
  new: 5,
  changed: 6,
  calls: 120,
  writes: 11,
};

test('the counters of a run are its row: the day, then the minute', async () => {
  const runs = memoryTable();
  await closeRun(runs, summary);
  expect(runs.rows()).toEqual([{ partitionKey: '2026-11-20', rowKey: '2026-11-20T08:05Z', ...summary }]);
});

test('closing twice, as a repeated activity does, leaves one row with the last counters', async () => {
  const runs = memoryTable();
  await closeRun(runs, summary);
  await closeRun(runs, { ...summary, complete: 91 });
  expect(runs.rows()).toMatchObject([{ complete: 91 }]);
});
