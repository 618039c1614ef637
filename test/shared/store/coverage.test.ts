import type { CoverageWindow } from '../../../shared/model/coverage';
import { beginning } from '../../../shared/model/time7';
import { purgeCoverage, readLaterRepairs, readLedger, toCoverageRow } from '../../../shared/store/coverage';
import { checkRow } from '../../../shared/store/guard';
import { joinWindows } from '../../../shared/sync/coverage/joinWindows';
import { memoryTable } from '../../support/memoryTable';
import { tenantIdOf } from '../../support/plainTenant';
import { time, windowOf } from '../sync/coverage/coverageFacts';

const tenantId = tenantIdOf(1);
const stretch = { reason: 'the app did not run', listed: 3, new: 2, changed: 1 };
const full = windowOf(time('11-20 02:00'), time('11-20 08:00'), {
  passes: 3,
  calls: 4,
  listed: 5,
  new: 6,
  changed: 7,
  heldUp: [{ from: time('11-20 02:00'), to: time('11-20 08:00'), ...stretch }],
  repairs: [
    {
      from: time('11-19 01:00'),
      to: time('11-19 01:10'),
      reason: '206',
      attempts: 2,
      repairedAt: time('11-20 08:00'),
    },
  ],
  reconciled: [{ from: time('11-20 02:00'), to: time('11-20 03:00'), at: time('11-21 02:30') }],
  foundLate: 8,
});

const tableWith = async (...windows: ReturnType<typeof windowOf>[]) => {
  const table = memoryTable();
  for (const window of windows) await table.write({ kind: 'insert', row: toCoverageRow(tenantId, window) });
  return table;
};

test('a window is found again as it was, under the key of its start', async () => {
  const table = await tableWith(full);
  expect(table.rows().map(({ rowKey }) => rowKey)).toEqual(['w_2026-11-20T02:00:00.0000000Z']);
  const ledger = await readLedger(table, tenantId, full);
  expect(ledger).toEqual({ windows: [full], whole: true });
});

test('the ledger of a range holds what shares an instant with it, however long, oldest first, and no other tenant’s', async () => {
  const first = windowOf(beginning, time('11-01 00:00'));
  const long = windowOf(time('11-01 00:00'), time('11-20 02:00'));
  const after = windowOf(time('11-20 08:00'), time('11-20 09:00'));
  const table = await tableWith(after, full, long, first);
  await table.write({ kind: 'insert', row: toCoverageRow(tenantIdOf(2), full) });
  await table.write({ kind: 'insert', row: { partitionKey: tenantId, rowKey: 'state', to: after.to } });
  const on = async (from: string, to: string) =>
    (await readLedger(table, tenantId, { from: time(from), to: time(to) })).windows.map((window) => window.from);
  expect(await on('11-10 00:00', '11-10 00:01')).toEqual([long.from]);
  expect(await on('10-01 00:00', '11-20 08:00')).toEqual([first.from, long.from, full.from]);
  expect(await on('11-20 08:00', '11-21 00:00')).toEqual([after.from]);
  expect(await on('11-20 02:00', '11-20 02:01')).toEqual([full.from]);
});

test('a repair is found for its range, whenever it was made', async () => {
  const table = await tableWith(full);
  const on = (from: string, to: string) => readLaterRepairs(table, tenantId, { from: time(from), to: time(to) });
  expect(await on('11-19 00:00', '11-19 02:00')).toEqual(full.repairs);
  expect(await on('11-19 01:10', '11-19 02:00')).toEqual(full.repairs);
  expect(await on('11-19 02:00', '11-19 03:00')).toEqual([]);
  expect(await on('11-19 00:00', '11-19 01:00')).toEqual([]);
});

test('a row that someone garbled claims nothing', async () => {
  const table = memoryTable();
  const row = toCoverageRow(tenantId, full);
  await table.write({ kind: 'insert', row: { ...row, kind: 'other' } });
  await table.write({ kind: 'insert', row: { ...row, rowKey: 'w_yesterday' } });
  await table.write({ kind: 'insert', row: { ...row, rowKey: `w_${time('11-20 01:00')}`, heldUp: '{"from":' } });
  const { windows } = await readLedger(table, tenantId, full);
  expect(windows).toEqual([{ ...full, from: time('11-20 01:00'), heldUp: [] }]);
});

test('a purge forgets what ended before its time, and nothing later', async () => {
  const table = await tableWith(
    windowOf(beginning, time('11-01 00:00')),
    windowOf(time('11-01 00:00'), time('11-02 00:00')),
    full,
  );
  expect(await purgeCoverage(table, tenantId, time('11-02 00:00'))).toBe(1);
  expect(await purgeCoverage(table, tenantId, time('11-20 02:00'))).toBe(1);
  expect(table.rows().map(({ rowKey }) => rowKey)).toEqual(['w_2026-11-20T02:00:00.0000000Z']);
});

test('the fullest window there can be fits a row', () => {
  const reason = 'ä'.repeat(200);
  const heldUp = [{ from: full.from, to: full.to, ...stretch, reason }];
  const repairs = full.repairs.map((repair) => ({ ...repair, reason }));
  let joined: CoverageWindow = { ...full, heldUp, repairs };
  for (let n = 0; n < 300; n += 1) joined = joinWindows(joined, { ...full, heldUp, repairs });
  expect([joined.heldUp.length, joined.repairs.length]).toEqual([60, 10]);
  expect(() => checkRow(toCoverageRow(tenantId, joined))).not.toThrow();
  expect(joined.heldUp.reduce((sum, one) => sum + one.new, 0)).toBe(602);
});
