import { UpstreamError } from '../../../../shared/errors';
import type { CoverageWindow } from '../../../../shared/model/coverage';
import type { Time7 } from '../../../../shared/model/time7';
import { beginning } from '../../../../shared/model/time7';
import { readLedger, toCoverageRow } from '../../../../shared/store/coverage';
import { compactCoverage } from '../../../../shared/sync/coverage/compactCoverage';
import { markReconciled } from '../../../../shared/sync/coverage/markReconciled';
import { faultyTable } from '../../../support/faultyTable';
import type { MemoryTable } from '../../../support/memoryTable';
import { memoryTable } from '../../../support/memoryTable';
import { time, windowOf } from './coverageFacts';

const tenantId = '33333333-3333-4333-8333-333333333333';
const now = time('11-20 08:00');
const everything = { from: beginning, to: time('12-31 00:00') };

const hour = (day: string, at: number): Time7 => time(`11-${day} ${at.toString().padStart(2, '0')}:00`);
const hours = (day: string, from: number, to: number): CoverageWindow[] =>
  Array.from({ length: to - from }, (_, n) =>
    windowOf(hour(day, from + n), hour(day, from + n + 1), { new: n + 1, calls: 12 }),
  );

const tableWith = async (windows: readonly CoverageWindow[]): Promise<MemoryTable> => {
  const table = memoryTable();
  for (const window of windows) await table.write({ kind: 'insert', row: toCoverageRow(tenantId, window) });
  return table;
};

const windowsOf = async (table: MemoryTable) => (await readLedger(table, tenantId, everything)).windows;
const spansOf = async (table: MemoryTable) =>
  (await windowsOf(table)).map(({ from, to }) => `${from.slice(5, 16)} ${to.slice(5, 16)}`);
const statementsOf = async (table: MemoryTable) => {
  const windows = await windowsOf(table);
  return {
    new: windows.reduce((sum, window) => sum + window.new, 0),
    calls: windows.reduce((sum, { calls }) => sum + calls, 0),
    passes: windows.reduce((sum, { passes }) => sum + passes, 0),
    foundLate: windows.reduce((sum, { foundLate }) => sum + foundLate, 0),
    heldUp: windows.flatMap(({ heldUp }) => heldUp),
    repairs: windows.flatMap(({ repairs }) => repairs),
  };
};

test('windows older than seven days become one row a day; the first reading and younger ones stay', async () => {
  const first = windowOf(beginning, hour('10', 5), { new: 50 });
  const table = await tableWith([
    first,
    ...hours('10', 5, 23),
    ...hours('11', 0, 23),
    ...hours('12', 20, 23),
    ...hours('13', 1, 4),
  ]);
  const before = await statementsOf(table);
  expect(await compactCoverage(table, tenantId, now)).toBe(17 + 22 + 2);
  expect(await spansOf(table)).toEqual([
    '01-01T00:00 11-10T05:00',
    '11-10T05:00 11-10T23:00',
    '11-11T00:00 11-11T23:00',
    '11-12T20:00 11-12T23:00',
    '11-13T01:00 11-13T02:00',
    '11-13T02:00 11-13T03:00',
    '11-13T03:00 11-13T04:00',
  ]);
  expect(await statementsOf(table)).toEqual(before);
  expect(table.rows()).toHaveLength(7);
});

test('a second time it finds nothing to do, at the cost of one question', async () => {
  const table = await tableWith(hours('11', 0, 23));
  await compactCoverage(table, tenantId, now);
  const rows = [...table.rows()];
  const { singles, batches } = table.writes;
  const written = [singles, batches.length];
  expect(await compactCoverage(table, tenantId, now)).toBe(0);
  expect([table.rows(), [table.writes.singles, table.writes.batches.length]]).toEqual([rows, written]);
});

test('a window that crosses midnight belongs to the day it ends in, and one that ends at midnight to the day before', async () => {
  const table = await tableWith([
    windowOf(hour('10', 22), time('11-10 23:58')),
    windowOf(time('11-10 23:58'), hour('11', 1)),
    windowOf(hour('11', 1), hour('12', 0)),
    windowOf(hour('12', 0), hour('12', 1)),
  ]);
  await compactCoverage(table, tenantId, now);
  expect(await spansOf(table)).toEqual([
    '11-10T22:00 11-10T23:58',
    '11-10T23:58 11-12T00:00',
    '11-12T00:00 11-12T01:00',
  ]);
});

test('what lies between windows that do not touch is not claimed', async () => {
  const table = await tableWith([...hours('11', 0, 3), ...hours('11', 5, 9)]);
  await compactCoverage(table, tenantId, now);
  expect(await spansOf(table)).toEqual(['11-11T00:00 11-11T03:00', '11-11T05:00 11-11T09:00']);
});

test('a window that is closed only after its day was joined is taken in later', async () => {
  const table = await tableWith(hours('11', 0, 3));
  await compactCoverage(table, tenantId, now);
  await table.write({
    kind: 'upsert',
    row: toCoverageRow(tenantId, windowOf(hour('11', 3), hour('11', 9), { new: 4 })),
  });
  await compactCoverage(table, tenantId, now);
  expect(await spansOf(table)).toEqual(['11-11T00:00 11-11T09:00']);
  expect(await statementsOf(table)).toMatchObject({ new: 1 + 2 + 3 + 4 });
});

test('a day of many interruptions is joined in several batches, and all of them stay told', async () => {
  const minute = (of: number): Time7 =>
    time(`11-11 ${`${Math.floor(of / 60)}`.padStart(2, '0')}:${`${of % 60}`.padStart(2, '0')}`);
  const day = Array.from({ length: 239 }, (_, n) => windowOf(minute(n * 6), minute(n * 6 + 6), { new: 1 }));
  const table = await tableWith(day);
  await compactCoverage(table, tenantId, now);
  expect(await spansOf(table)).toEqual(['11-11T00:00 11-11T23:54']);
  expect(await statementsOf(table)).toMatchObject({ new: 239 });
  expect(Math.max(...table.writes.batches)).toBeLessThanOrEqual(100);
});

describe('broken off at any operation', () => {
  const heldUp = [{ from: hour('11', 2), to: hour('11', 3), reason: 'blocked: x', listed: 1, new: 1, changed: 0 }];
  const day = hours('11', 0, 12).map((window) => (window.from === hour('11', 2) ? { ...window, heldUp } : window));

  test.each([
    ['before', 1],
    ['before', 2],
    ['before', 3],
    ['after', 1],
    ['after', 2],
    ['after', 3],
  ] as const)('%s operation %i, it loses and doubles nothing, then or at the next time', async (when, at) => {
    const table = await tableWith([...day, ...hours('12', 0, 5)]);
    const before = await statementsOf(table);
    const faulty = faultyTable(table, { count: 0, at, when });
    await compactCoverage(faulty, tenantId, now).catch((error: unknown) => expect(error).toBeInstanceOf(UpstreamError));
    expect(await statementsOf(table)).toEqual(before);
    await compactCoverage(table, tenantId, now);
    expect(await statementsOf(table)).toEqual(before);
    expect(table.rows()).toHaveLength(2);
  });
});

test('two at once, and a deep read that marks in between, lose and double nothing', async () => {
  const table = await tableWith([...hours('11', 0, 12), ...hours('12', 0, 5)]);
  const before = await statementsOf(table);
  const mark = { from: hour('11', 0), to: hour('11', 9), at: now, foundLate: 3 };
  await Promise.all([
    compactCoverage(table, tenantId, now),
    markReconciled(table, tenantId, mark),
    compactCoverage(table, tenantId, now),
  ]);
  await compactCoverage(table, tenantId, now);
  expect(await statementsOf(table)).toEqual({ ...before, foundLate: 3 });
  const [eleventh] = await windowsOf(table);
  expect(eleventh?.reconciled).toEqual([{ from: mark.from, to: mark.to, at: now }]);
});
