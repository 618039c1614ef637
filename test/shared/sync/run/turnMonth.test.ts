import type { RunCounts } from '../../../../shared/model/run';
import { noCounts } from '../../../../shared/model/run';
import { mustBeTime7 } from '../../../../shared/model/time7';
import { monthOf, turnMonth, usedSince } from '../../../../shared/sync/run/turnMonth';

const totals = (calls: number): RunCounts => ({ ...noCounts, calls, seconds: calls / 2 });
const time = (text: string) => mustBeTime7(text, 'time');
const october = { month: '202610', totals: totals(100) };

describe('a month', () => {
  test.each([
    [
      'begins with the first run',
      undefined,
      '2026-11-20T08:00:00Z',
      { month: '202611', totals: totals(150) },
      undefined,
    ],
    ['goes on to its last instant', october, '2026-10-31T23:59:59.9999999Z', october, undefined],
    [
      'turns at the first instant of the next',
      october,
      '2026-11-01T00:00:00Z',
      { month: '202611', totals: totals(150) },
      '202610',
    ],
    [
      'turns over a year',
      { ...october, month: '202612' },
      '2027-01-01T00:00:00Z',
      { month: '202701', totals: totals(150) },
      '202612',
    ],
    [
      'turns once over months in which nothing ran',
      october,
      '2027-03-01T00:00:00Z',
      { month: '202703', totals: totals(150) },
      '202610',
    ],
    ['stays where a server goes back', october, '2026-09-30T23:59:59Z', october, undefined],
  ])('%s', (_name, before, at, month, closed) => {
    const turned = turnMonth(before, totals(150), time(at));
    expect([turned.month, turned.closed?.month]).toEqual([month, closed]);
  });

  test('that is over is what was used since it began', () => {
    const { closed } = turnMonth(october, totals(150), time('2026-11-01T00:00:00Z'));
    expect(closed?.counts).toEqual({ ...noCounts, calls: 50, seconds: 25 });
  });

  test('whose totals began anew is not counted below nothing', () => {
    expect(usedSince(october, totals(30))).toEqual(noCounts);
  });

  test('of an older release lacks counters, which count from nothing', () => {
    const before = { month: '202610', totals: { calls: 100 } as RunCounts };
    expect(usedSince(before, { ...totals(150), operations: 9 })).toMatchObject({ calls: 50, operations: 9 });
  });

  test('is named alike for a question and for the state row', () => {
    expect([monthOf('2026-11'), monthOf('2026-11-20T08:00:00.0000000Z')]).toEqual(['202611', '202611']);
  });
});
