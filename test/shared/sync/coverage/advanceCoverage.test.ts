import type { CoverageWindow } from '../../../../shared/model/coverage';
import { emptyWindow } from '../../../../shared/model/coverage';
import type { Time7 } from '../../../../shared/model/time7';
import { beginning } from '../../../../shared/model/time7';
import type { AdvancedCoverage, PassFacts } from '../../../../shared/sync/coverage/advanceCoverage';
import { advanceCoverage } from '../../../../shared/sync/coverage/advanceCoverage';
import { gapRepaired } from '../../../../shared/sync/coverage/gapRepaired';
import { toleratedDelayMs } from '../../../../shared/sync/coverage/toleratedDelay';
import { time, windowOf } from './coverageFacts';

const quiet = { calls: 1, listed: 0, new: 0, changed: 0 };
const busy = { calls: 2, listed: 5, new: 3, changed: 1 };
const toleratedMs = toleratedDelayMs(300);

const pass = (
  open: CoverageWindow | undefined,
  from: Time7 | undefined,
  to: Time7 | undefined,
  change: Partial<PassFacts> = {},
): AdvancedCoverage => advanceCoverage(open, { from, to, counts: quiet, toleratedMs, heldUpBy: undefined, ...change });

const edges = (windows: readonly CoverageWindow[]): string[][] =>
  windows.map(({ from, to }) => [from.slice(5, 16), to.slice(5, 16)]);

test('two missed turns of five minutes and five minutes more are tolerated', () => {
  expect(toleratedMs).toBe(20 * 60_000);
});

describe('the first reading', () => {
  test('closes a window from the beginning of its own, with its counts', () => {
    const { open, closed } = pass(undefined, undefined, time('11-20 08:00'), { counts: busy });
    expect(open).toEqual(emptyWindow(time('11-20 08:00')));
    expect(closed).toEqual([
      { ...emptyWindow(beginning), to: time('11-20 08:00'), passes: 1, calls: 2, listed: 5, new: 3, changed: 1 },
    ]);
  });

  test('that was cut keeps counting and claims nothing until a pass is complete', () => {
    const cut = pass(undefined, undefined, undefined, { counts: busy });
    expect([cut.open.from, cut.open.to, cut.open.calls, cut.closed]).toEqual([beginning, beginning, 2, []]);
    const whole = pass(cut.open, undefined, time('11-20 08:00'), { counts: busy });
    expect(whole.closed).toMatchObject([{ from: beginning, to: time('11-20 08:00'), calls: 4, new: 6, passes: 1 }]);
  });

  test('by a release without a ledger is taken from readThrough, because all before that is read or in a gap', () => {
    const { open, closed } = pass(undefined, time('11-20 08:00'), time('11-20 08:05'));
    expect(edges(closed)).toEqual([['01-01T00:00', '11-20T08:00']]);
    expect(edges([open])).toEqual([['11-20T08:00', '11-20T08:05']]);
  });

  test('by a release without a ledger, and then an outage, shows the outage', () => {
    const { open, closed } = pass(undefined, time('11-20 02:00'), time('11-20 08:00'));
    expect(edges([...closed, open])).toEqual([
      ['01-01T00:00', '11-20T02:00'],
      ['11-20T02:00', '11-20T08:00'],
      ['11-20T08:00', '11-20T08:00'],
    ]);
    expect(closed[1]?.heldUp).toMatchObject([{ reason: 'the app did not run' }]);
  });
});

describe('the open window', () => {
  const open = windowOf(time('11-20 08:00'), time('11-20 08:50'));
  const withNews = { ...open, new: 1 };

  test.each([
    ['grows within its hour', withNews, '11-20 08:55', 0],
    ['grows past the hour where nothing changed in it', open, '11-20 09:01', 0],
    ['is closed when the hour is over in which something changed', withNews, '11-20 09:01', 1],
    ['is closed for a repair as for a change', gapRepaired(open, troubleGap(), time('11-20 08:50')), '11-20 09:01', 1],
    ['grows by exactly what is tolerated', open, '11-20 09:10', 0],
    ['is closed, and the stretch after it too, where more than that was not read', open, '11-20 09:10:01', 2],
    ['stays where the server repeats itself', open, '11-20 08:50', 0],
    ['stays where the server goes back', open, '11-20 08:40', 0],
  ] as const)('%s', (_name, before, to, closed) => {
    const next = pass(before, before.to, time(to));
    expect(next.closed).toHaveLength(closed);
    expect(next.open.to).toBe(time(to) > before.to ? time(to) : before.to);
    expect(next.open.to >= next.open.from).toBe(true);
  });

  test('is closed at the end of a day, whether anything changed or not', () => {
    const late = windowOf(time('11-20 00:03'), time('11-20 23:58'));
    const next = pass(late, late.to, time('11-21 00:03'));
    expect(next.closed).toEqual([late]);
    expect(edges([next.open])).toEqual([['11-20T23:58', '11-21T00:03']]);
  });

  test('adds the counters of a run without a complete pass, and stays where it is', () => {
    const next = pass(open, open.to, undefined, { counts: busy });
    expect(next).toEqual({ open: { ...open, calls: 3, listed: 5, new: 3, changed: 1 }, closed: [] });
  });

  test('goes on where it ends after the cursor was lost: what lies between was held up', () => {
    const next = pass(open, undefined, time('11-20 12:00'), { heldUpBy: 'the cursor was lost' });
    expect(edges([...next.closed, next.open])).toEqual([
      ['11-20T08:00', '11-20T08:50'],
      ['11-20T08:50', '11-20T12:00'],
      ['11-20T12:00', '11-20T12:00'],
    ]);
  });
});

describe('a stretch that was not read in time', () => {
  test('is a window of its own that says why and what was found', () => {
    const open = windowOf(time('11-20 01:00'), time('11-20 02:00'));
    const { closed } = pass(open, open.to, time('11-20 08:00'), { counts: busy, heldUpBy: 'blocked: consentMissing' });
    expect(closed[0]).toEqual(open);
    expect(closed[1]).toMatchObject({
      from: time('11-20 02:00'),
      to: time('11-20 08:00'),
      passes: 1,
      ...busy,
      heldUp: [
        {
          from: time('11-20 02:00'),
          to: time('11-20 08:00'),
          reason: 'blocked: consentMissing',
          listed: 5,
          new: 3,
          changed: 1,
        },
      ],
    });
  });

  test('after another one leaves no window without length, and loses no counters', () => {
    const first = pass(windowOf(time('11-20 01:00'), time('11-20 02:00')), time('11-20 02:00'), time('11-20 03:00'));
    const cut = pass(first.open, time('11-20 03:00'), undefined, { counts: busy });
    const second = pass(cut.open, time('11-20 03:00'), time('11-20 04:00'));
    expect(edges(second.closed)).toEqual([['11-20T03:00', '11-20T04:00']]);
    const third = pass(second.open, time('11-20 04:00'), time('11-20 04:05'));
    expect([third.closed, third.open.new, third.open.passes]).toEqual([[], 3, 1]);
  });
});

test('a tenant quiet for thirty days costs one row a day', () => {
  let open: CoverageWindow | undefined;
  let rows = 0;
  let readThrough: Time7 | undefined;
  for (let minute = 0; minute < 30 * 1_440; minute += 5) {
    const to = new Date(Date.UTC(2026, 9, 1) + minute * 60_000).toISOString().replace('.000Z', '.0000000Z') as Time7;
    const next = pass(open, readThrough, to);
    rows += next.closed.length;
    ({ open } = next);
    readThrough = to;
  }
  // The first reading, and 29 ends of days.
  expect(rows).toBe(30);
});

describe('a repaired gap', () => {
  const open = windowOf(time('11-20 08:00'), time('11-20 08:50'));

  test('is written down with its tries and the time', () => {
    expect(gapRepaired(open, troubleGap(), time('11-20 08:50')).repairs).toEqual([
      {
        from: time('11-20 07:00'),
        to: time('11-20 07:10'),
        reason: '206',
        attempts: 2,
        repairedAt: time('11-20 08:50'),
      },
    ]);
  });

  test.each(['backlog', 'backfill'])('that was planned (%s) is no repair', (reason) => {
    expect(gapRepaired(open, { ...troubleGap(), reason }, time('11-20 08:50'))).toBe(open);
  });

  test('pushes the oldest out when there are more than ten, and cuts a long reason', () => {
    let window = open;
    for (let attempts = 0; attempts < 12; attempts += 1)
      window = gapRepaired(window, { ...troubleGap(), attempts, reason: 'x'.repeat(5_000) }, time('11-20 08:50'));
    expect(window.repairs.map(({ attempts }) => attempts)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(window.repairs[0]?.reason).toHaveLength(200);
  });

  test('before the first window is nobody’s', () => {
    const none: CoverageWindow | undefined = undefined;
    expect(gapRepaired<CoverageWindow | undefined>(none, troubleGap(), time('11-20 08:50'))).toBeUndefined();
  });
});

function troubleGap() {
  return { from: time('11-20 07:00'), to: time('11-20 07:10'), reason: '206', attempts: 2 };
}
