import type { CoverageAnswer } from '../../../../shared/model/coverageReport';
import type { QuarantineEntry } from '../../../../shared/model/quarantine';
import { beginning } from '../../../../shared/model/time7';
import { blocked, lastRun, reportOn, time, windowOf } from './coverageFacts';
import type { Asked } from './coverageFacts';

const first = windowOf(beginning, time('11-01 00:00'), { listed: 90, new: 90 });
const day = windowOf(time('11-01 00:00'), time('11-20 00:00'));
const open = windowOf(time('11-20 00:00'), time('11-20 08:00'), { listed: 4, new: 1 });
const asked = [time('11-19 08:00'), time('11-20 08:00')] as const;
const good: Asked = { asked, windows: [first, day], open, readThrough: time('11-20 08:00') };
const gap = {
  from: time('11-20 03:00'),
  to: time('11-20 03:10'),
  reason: '206: partial content',
  attempts: 2,
  nextTry: '2026-11-20T08:20:00.000Z',
};
const quarantined: QuarantineEntry = {
  incidentId: '17',
  version: time('11-20 03:00'),
  stage: 'whole',
  reason: 'more than 1 MiB',
  attempts: 3,
  nextTry: '2026-11-20T09:00:00.000Z',
  since: '2026-11-20T03:05:00.000Z',
};

describe('did we miss anything?', () => {
  test.each([
    ['read through whole', 'yes', 0, good],
    ['quiet for three days', 'yes', 0, { ...good, asked: [time('11-17 08:00'), time('11-20 08:00')] }],
    ['of one instant', 'yes', 0, { ...good, asked: [time('11-20 07:59:59.9999999'), time('11-20 08:00')] }],
    ['an instant beyond what is read', 'unknown', 1, { ...good, asked: [asked[0], time('11-20 08:00:00.0000001')] }],
    ['never read', 'unknown', 1, { asked }],
    ['in the future', 'unknown', 1, { ...good, asked: [time('11-21 00:00'), time('11-22 00:00')] }],
    ['with a gap in it', 'no', 1, { ...good, gaps: [gap] }],
    ['ending where a gap begins', 'yes', 0, { ...good, asked: [asked[0], gap.from], gaps: [gap] }],
    ['beginning where a gap ends', 'no', 1, { ...good, asked: [gap.to, asked[1]], gaps: [gap] }],
    [
      'beginning just after a gap',
      'yes',
      0,
      { ...good, asked: [time('11-20 03:10:00.0000001'), asked[1]], gaps: [gap] },
    ],
    ['with a backlog in it', 'unknown', 1, { ...good, gaps: [{ ...gap, reason: 'backlog' }] }],
    ['with a back-fill in it', 'unknown', 1, { ...good, gaps: [{ ...gap, reason: 'backfill' }] }],
    ['with a backlog and a gap', 'no', 2, { ...good, gaps: [gap, { ...gap, reason: 'backlog' }] }],
    ['with an incident that cannot be read', 'no', 1, { ...good, quarantined: [quarantined] }],
    ['with one that cannot be stored', 'no', 1, { ...good, quarantined: [{ ...quarantined, stage: 'stored' }] }],
    ['with one stored without its alerts', 'yes', 0, { ...good, quarantined: [{ ...quarantined, stage: 'alerts' }] }],
    [
      'before one that cannot be read',
      'yes',
      0,
      { ...good, asked: [asked[0], time('11-20 03:00')], quarantined: [quarantined] },
    ],
    [
      'with one of unknown version met since',
      'no',
      1,
      { ...good, quarantined: [{ ...quarantined, version: undefined }] },
    ],
    [
      'after one of unknown version was met',
      'yes',
      0,
      { ...good, asked: [time('11-20 04:00'), asked[1]], quarantined: [{ ...quarantined, version: undefined }] },
    ],
    ['with a hole in the ledger', 'unknown', 1, { ...good, windows: [first, { ...day, to: time('11-19 23:00') }] }],
    ['before the ledger begins', 'unknown', 1, { ...good, windows: [day], asked: [time('10-01 00:00'), asked[1]] }],
    ['with more windows than can be read', 'unknown', 1, { ...good, whole: false }],
    ['before the first reading', 'yes', 1, { ...good, asked: [time('10-01 00:00'), asked[1]] }],
    ['longer ago than Defender keeps', 'unknown', 1, { ...good, asked: [time('05-01 00:00'), asked[1]] }],
    ['with versions found late', 'yes', 1, { ...good, open: { ...open, foundLate: 2 } }],
    ['after the cursor was lost', 'unknown', 1, { ...good, readThrough: undefined }],
    ['after the cursor was rolled back', 'unknown', 1, { ...good, readThrough: time('11-20 06:00'), now: asked[1] }],
  ] satisfies [string, CoverageAnswer, number, Asked][])('a range %s: %s', (_name, answer, sentences, given: Asked) => {
    const report = reportOn(given);
    expect([report.answer, report.because.length]).toEqual([answer, sentences]);
  });

  test('says each reason as a sentence, and counts what would be too many', () => {
    const gaps = Array.from({ length: 9 }, (_, n) => ({
      ...gap,
      from: time(`11-20 0${n}:00`),
      to: time(`11-20 0${n}:01`),
    }));
    const { because } = reportOn({ ...good, gaps: gaps.slice(0, 8), quarantined: [quarantined] });
    expect(because).toHaveLength(7);
    for (const sentence of because) expect(sentence).toMatch(/^[A-Z0-9].*\.$/);
    expect(because[5]).toContain('3 further');
  });
});

describe('an outage of six hours', () => {
  const before: Asked = {
    ...good,
    open: { ...open, to: time('11-20 02:00') },
    readThrough: time('11-20 02:00'),
    now: time('11-20 08:00'),
    run: lastRun('succeeded'),
  };

  test('shows, before the next pass, the stretch as planned and as a gap', () => {
    const report = reportOn(before);
    expect(report.answer).toBe('unknown');
    expect(report.windows.at(-1)).toMatchObject({
      from: time('11-20 02:00'),
      to: time('11-20 08:00'),
      state: 'planned',
      heldUpBy: 'the app did not run',
    });
    expect(report.gaps).toMatchObject([
      { from: time('11-20 02:00'), to: time('11-20 08:00'), state: 'open', reason: 'the app did not run' },
    ]);
  });

  test('shows it repaired after the next pass, with counts', () => {
    const counts = { listed: 12, new: 5, changed: 2 };
    const stretch = { from: time('11-20 02:00'), to: time('11-20 08:00'), reason: 'the app did not run', ...counts };
    const report = reportOn({
      ...good,
      windows: [
        first,
        day,
        { ...open, to: time('11-20 02:00') },
        windowOf(stretch.from, stretch.to, { ...counts, heldUp: [stretch] }),
      ],
      open: windowOf(stretch.to, stretch.to),
    });
    expect([report.answer, report.because]).toEqual(['yes', []]);
    expect(report.gaps).toEqual([
      {
        from: stretch.from,
        to: stretch.to,
        state: 'repaired',
        reason: 'the app did not run',
        attempts: null,
        nextTry: null,
        repairedAt: time('11-20 08:00'),
        counts,
      },
    ]);
    expect(report.windows.at(-1)).toMatchObject({ heldUpBy: 'the app did not run', ...counts });
  });

  test('is not called repaired while a dense part of it still waits as a backlog', () => {
    const stretch = { from: time('11-20 02:00'), to: time('11-20 08:00'), reason: 'the app did not run' };
    const counts = { listed: 12, new: 5, changed: 2 };
    const late = windowOf(stretch.from, stretch.to, { ...counts, heldUp: [{ ...stretch, ...counts }] });
    const report = reportOn({
      ...good,
      windows: [first, day, { ...open, to: time('11-20 02:00') }, late],
      open: windowOf(stretch.to, stretch.to),
      gaps: [{ ...gap, reason: 'backlog' }],
    });
    expect([report.answer, report.because.length]).toEqual(['unknown', 1]);
    expect(report.gaps.map(({ state, repairedAt }) => [state, repairedAt])).toEqual([
      ['planned', null],
      ['planned', null],
    ]);
    expect(report.windows.at(-1)?.state).toBe('planned');
  });

  test.each([
    ['runs failed: ERR_UPSTREAM', { run: lastRun('failed', 'ERR_UPSTREAM') }],
    ['blocked: consentMissing', { access: blocked }],
    ['reading is switched off', { enabled: false }],
    ['a backlog was read', { run: lastRun('partial') }],
  ])('is called %s where that is the reason', (reason, change) => {
    const report = reportOn({ ...before, ...change });
    expect([report.answer, report.gaps.map((one) => one.reason)]).toEqual(['unknown', [reason]]);
  });

  test('is none where the next pass is not overdue', () => {
    const report = reportOn({ ...before, now: time('11-20 02:20') });
    expect([report.answer, report.gaps, report.windows.at(-1)?.state]).toEqual(['unknown', [], 'planned']);
  });
});

describe('a tenant that is blocked', () => {
  test('names the period that lasts, with its cure, and those before', () => {
    const stretch = {
      from: time('11-19 10:00'),
      to: time('11-19 12:00'),
      reason: 'blocked: roleMissing',
      listed: 0,
      new: 0,
      changed: 0,
    };
    const report = reportOn({
      ...good,
      asked: [asked[0], time('11-20 09:00')],
      windows: [first, { ...day, heldUp: [stretch] }],
      access: blocked,
      now: time('11-20 09:00'),
    });
    expect(report.blockedPeriods).toEqual([
      { from: stretch.from, to: stretch.to, reason: 'roleMissing', cure: null, link: null },
      { from: time('11-20 08:00'), to: null, reason: 'consentMissing', cure: 'Open the link.', link: null },
    ]);
    expect(report.answer).toBe('unknown');
    expect(report.because.join(' ')).toContain('Open the link.');
  });

  test('is not held against a range that was read before', () => {
    expect(reportOn({ ...good, access: blocked })).toMatchObject({ answer: 'yes', blockedPeriods: [] });
  });
});

describe('a window', () => {
  const states = (given: Asked) => reportOn(given).windows.map(({ state }) => state);
  const early = windowOf(time('11-19 00:00'), time('11-20 07:00'));
  const late = windowOf(time('11-20 07:00'), time('11-20 08:00'));
  const two: Asked = { asked, windows: [early], open: late, readThrough: time('11-20 08:00') };

  test('is settled once the overlap has shown it again, to the instant', () => {
    expect(states(two)).toEqual(['settled', 'read']);
    const sooner = { ...early, to: time('11-20 07:00:00.0000001') };
    expect(states({ ...two, windows: [sooner] })).toEqual(['read', 'read']);
  });

  test('is reconciled once deep reads covered all of it, as of the oldest of them', () => {
    const part = { from: early.from, to: time('11-20 01:00'), at: time('11-20 02:30') };
    const rest = { from: time('11-20 01:00'), to: early.to, at: time('11-21 02:30') };
    expect(states({ ...two, windows: [{ ...early, reconciled: [part] }] })).toEqual(['settled', 'read']);
    const report = reportOn({ ...two, windows: [{ ...early, reconciled: [part, rest] }] });
    expect(report.windows[0]).toMatchObject({ state: 'reconciled', reconciledAt: time('11-20 02:30') });
  });

  test('of the first reading is reconciled by a deep read of what Defender still kept', () => {
    const covered = { from: time('05-05 00:00'), to: first.to, at: time('11-20 02:30') };
    expect(
      states({
        ...good,
        asked: [time('10-01 00:00'), time('10-02 00:00')],
        windows: [{ ...first, reconciled: [covered] }],
      }),
    ).toEqual(['reconciled']);
  });

  test('with a gap in it is not read whole, whatever else is known of it', () => {
    const all = { from: early.from, to: early.to, at: time('11-20 02:30') };
    expect(states({ ...two, windows: [{ ...early, reconciled: [all] }], gaps: [gap] })).toEqual(['planned', 'read']);
  });

  test('behind a cursor that was rolled back is claimed up to there only', () => {
    const report = reportOn({ ...two, readThrough: time('11-20 06:00'), now: time('11-20 06:00') });
    expect(report.windows.map(({ from, to, state }) => [from.slice(5, 16), to.slice(5, 16), state])).toEqual([
      ['11-19T00:00', '11-20T06:00', 'read'],
      ['11-20T06:00', '11-20T08:00', 'planned'],
    ]);
  });
});

test('counts what the runs of its windows found, and what is stored now', () => {
  expect(reportOn(good)).toMatchObject({
    incidents: { listed: 4, new: 1, changed: 0, stored: 7 },
    foundLate: 0,
    deliveries: null,
  });
});

test('a repair is told by the open window, though that begins after the range', () => {
  const repair = { from: gap.from, to: gap.to, reason: gap.reason, attempts: 3, repairedAt: time('11-20 08:00') };
  const given: Asked = {
    ...good,
    asked: [time('11-20 02:00'), time('11-20 04:00')],
    windows: [first, day, { ...open, to: time('11-20 07:00') }],
    open: windowOf(time('11-20 07:00'), time('11-20 08:00'), { repairs: [repair] }),
  };
  expect(reportOn(given).gaps).toMatchObject([
    { state: 'repaired', from: gap.from, attempts: 3, repairedAt: repair.repairedAt },
  ]);
});
