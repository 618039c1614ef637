import { ConflictError } from '../../../../shared/errors';
import { beginning } from '../../../../shared/model/time7';
import { readLedger, toCoverageRow } from '../../../../shared/store/coverage';
import { markReconciled } from '../../../../shared/sync/coverage/markReconciled';
import { reconciledAt, withReconciled } from '../../../../shared/sync/coverage/reconciled';
import type { MemoryTable } from '../../../support/memoryTable';
import { memoryTable } from '../../../support/memoryTable';
import { time, windowOf } from './coverageFacts';

const tenantId = '33333333-3333-4333-8333-333333333333';
const early = windowOf(time('11-20 00:00'), time('11-20 04:00'));
const late = windowOf(time('11-20 04:00'), time('11-20 08:00'));
const open = windowOf(time('11-20 08:00'), time('11-20 08:30'));
const night = time('11-21 02:30');

const ledger = async (): Promise<MemoryTable> => {
  const table = memoryTable();
  for (const window of [early, late]) await table.write({ kind: 'insert', row: toCoverageRow(tenantId, window) });
  return table;
};
const windowsOf = async (table: MemoryTable) =>
  (await readLedger(table, tenantId, { from: beginning, to: time('12-01 00:00') })).windows;

describe('a deep read', () => {
  test('is written into every window it meets, for the part it covered', async () => {
    const table = await ledger();
    const facts = { from: time('11-20 02:00'), to: time('11-20 08:30'), at: night, foundLate: 2 };
    expect(await markReconciled(table, tenantId, facts)).toEqual({ marked: 2, foundLateInOpen: 2 });
    expect((await windowsOf(table)).map(({ reconciled, foundLate }) => [reconciled, foundLate])).toEqual([
      [[{ from: facts.from, to: early.to, at: night }], 0],
      [[{ from: late.from, to: late.to, at: night }], 0],
    ]);
    expect(withReconciled(open, facts, night, 2)).toMatchObject({
      reconciled: [{ from: open.from, to: open.to, at: night }],
      foundLate: 2,
    });
  });

  test('of a closed range tells in its newest window how many came late, and once though it is told twice', async () => {
    const table = await ledger();
    const facts = { from: early.from, to: time('11-20 06:00'), at: night, foundLate: 2 };
    expect(await markReconciled(table, tenantId, facts)).toEqual({ marked: 2, foundLateInOpen: 0 });
    expect(await markReconciled(table, tenantId, facts)).toEqual({ marked: 0, foundLateInOpen: 0 });
    expect((await windowsOf(table)).map(({ foundLate }) => foundLate)).toEqual([0, 2]);
  });

  test('of another night counts what it found beside what was found before', async () => {
    const table = await ledger();
    const facts = { from: early.from, to: late.to, at: night, foundLate: 2 };
    await markReconciled(table, tenantId, facts);
    await markReconciled(table, tenantId, { ...facts, at: time('11-22 02:30'), foundLate: 1 });
    const [, newest] = await windowsOf(table);
    expect(newest).toMatchObject({ foundLate: 3, reconciled: [{ at: time('11-22 02:30') }] });
  });

  test('marks rows that others change meanwhile as they are then, and gives up where they keep changing', async () => {
    const table = await ledger();
    const facts = { from: early.from, to: late.to, at: night, foundLate: 1 };
    let changes = 1;
    const contended: MemoryTable = {
      ...table,
      writeBatch: async (operations) => {
        if (changes > 0) {
          changes -= 1;
          await table.write({ kind: 'upsert', row: toCoverageRow(tenantId, { ...early, calls: 99 }) });
        }
        return table.writeBatch(operations);
      },
    };
    expect(await markReconciled(contended, tenantId, facts)).toEqual({ marked: 2, foundLateInOpen: 0 });
    expect((await windowsOf(table)).map(({ calls, reconciled }) => [calls, reconciled.length])).toEqual([
      [99, 1],
      [1, 1],
    ]);
    changes = 1_000;
    await expect(markReconciled(contended, tenantId, { ...facts, at: time('11-22 02:30') })).rejects.toBeInstanceOf(
      ConflictError,
    );
  });

  test('where nothing is closed yet leaves all to the open window', async () => {
    const facts = { from: early.from, to: late.to, at: night, foundLate: 4 };
    expect(await markReconciled(memoryTable(), tenantId, facts)).toEqual({ marked: 0, foundLateInOpen: 4 });
  });
});

describe('of deep reads over parts', () => {
  const window = windowOf(time('11-20 00:00'), time('11-20 08:00'));
  const part = (from: string, to: string) => ({ from: time(from), to: time(to) });

  test('those that touch make one, as of the older', () => {
    const first = withReconciled(window, part('11-20 00:00', '11-20 03:00'), night, 0);
    const both = withReconciled(first, part('11-20 03:00', '11-20 08:00'), time('11-22 02:30'), 0);
    expect(both.reconciled).toEqual([{ from: window.from, to: window.to, at: night }]);
    expect([reconciledAt(first, window), reconciledAt(both, window)]).toEqual([undefined, night]);
  });

  test('a newer one takes the place of an older under it', () => {
    const first = withReconciled(window, window, night, 0);
    const again = withReconciled(first, part('11-20 02:00', '11-20 09:00'), time('11-22 02:30'), 0);
    // What is left of the older touches it: the whole is as old as its oldest part.
    expect(again.reconciled).toEqual([{ from: window.from, to: window.to, at: night }]);
    expect(withReconciled(again, window, time('11-23 02:30'), 0).reconciled[0]?.at).toBe(time('11-23 02:30'));
  });

  test('one beside the window, or an older one, changes nothing', () => {
    expect(withReconciled(window, part('11-20 08:00', '11-20 09:00'), night, 5)).toBe(window);
    const marked = withReconciled(window, window, night, 0);
    expect(withReconciled(marked, window, time('11-20 02:30'), 5)).toBe(marked);
  });
});
