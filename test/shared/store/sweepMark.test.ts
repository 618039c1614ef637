import { readSweepMark, writeSweepMark } from '../../../shared/store/sweepMark';
import { memoryTable } from '../../support/memoryTable';

test('the last sweep is kept, and only the last', async () => {
  const table = memoryTable();
  expect(await readSweepMark(table)).toBeUndefined();
  await writeSweepMark(table, { at: '2026-11-20T08:00:00.000Z', restarted: 2 });
  await writeSweepMark(table, { at: '2026-11-20T08:05:00.000Z', restarted: 0 });
  expect(await readSweepMark(table)).toEqual({ at: '2026-11-20T08:05:00.000Z', restarted: 0 });
  expect(table.rows()).toHaveLength(1);
});
