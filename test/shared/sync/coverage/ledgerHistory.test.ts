import type { CoverageWindow } from '../../../../shared/model/coverage';
import type { CoverageReport } from '../../../../shared/model/coverageReport';
import type { Cursor, Gap } from '../../../../shared/model/cursor';
import { emptyCursor } from '../../../../shared/model/cursor';
import type { QuarantineEntry } from '../../../../shared/model/quarantine';
import type { Time7 } from '../../../../shared/model/time7';
import { beginning, mustBeTime7 } from '../../../../shared/model/time7';
import { readLaterRepairs, readLedger, toCoverageRow } from '../../../../shared/store/coverage';
import { advanceCoverage } from '../../../../shared/sync/coverage/advanceCoverage';
import { compactCoverage } from '../../../../shared/sync/coverage/compactCoverage';
import { coverageOf } from '../../../../shared/sync/coverage/coverageOf';
import { gapRepaired } from '../../../../shared/sync/coverage/gapRepaired';
import { markReconciled } from '../../../../shared/sync/coverage/markReconciled';
import { withReconciled } from '../../../../shared/sync/coverage/reconciled';
import { spanOfGap } from '../../../../shared/sync/coverage/span';
import type { RandomSource } from '../../../support/randomSource';
import { randomSource } from '../../../support/randomSource';
import { memoryTable } from '../../../support/memoryTable';
import { granted } from './coverageFacts';

const tenantId = '33333333-3333-4333-8333-333333333333';
const startMs = Date.UTC(2026, 9, 1);
const days = 14;
const minutes = days * 1_440;
const toleratedMs = 20 * 60_000;

const at = (minute: number): Time7 => mustBeTime7(new Date(startMs + minute * 60_000).toISOString(), 'time');

interface Span {
  readonly from: number;
  readonly to: number;
}

/** One tenant's fortnight, and beside it the plainest book-keeping there is: what is known of each minute. */
const beginLife = (seed: number) => {
  const random = randomSource(seed);
  const table = memoryTable(() => startMs);
  const isRead = new Uint8Array(minutes);
  const isReconciled = new Uint8Array(minutes);
  const totals = { calls: 0, new: 0, foundLate: 0 };
  let cursor: Cursor = emptyCursor;
  let window: CoverageWindow | undefined;
  let gaps: readonly (Span & { readonly reason: string })[] = [];
  let quarantined: readonly { readonly id: number; readonly minute: number; readonly hasRow: boolean }[] = [];
  let readThrough = -1;
  const held: Span[] = [];
  let minute = 0;

  const gapOf = ({ from, to, reason }: (typeof gaps)[number]): Gap => {
    return {
      from: at(from),
      to: at(to),
      reason,
      attempts: 1,
      nextTry: new Date(startMs + minute * 60_000).toISOString(),
    };
  };

  const pass = async (): Promise<void> => {
    const counts = { calls: 1, listed: 2, new: random.below(4) === 0 ? 1 : 0, changed: 0 };
    const isCut = random.below(12) === 0;
    const from = cursor.readThrough;
    const to = isCut ? undefined : at(minute);
    const next = advanceCoverage(window, { from, to, counts, toleratedMs, heldUpBy: undefined });
    totals.calls += counts.calls;
    totals.new += counts.new;
    window = next.open;
    for (const closed of next.closed) await table.write({ kind: 'upsert', row: toCoverageRow(tenantId, closed) });
    if (isCut) return;
    if (readThrough >= 0 && (minute - readThrough) * 60_000 > toleratedMs) held.push({ from: readThrough, to: minute });
    isRead.fill(1, 0, minute);
    readThrough = minute;
    cursor = { ...cursor, readThrough: at(minute) };
  };

  const addGap = (): void => {
    const from = random.below(minute);
    const gap = {
      from,
      to: Math.min(from + random.below(90), minute - 1),
      reason: random.below(2) === 0 ? '206' : 'backlog',
    };
    if (gaps.some((other) => other.from <= gap.to && gap.from <= other.to)) return;
    gaps = [...gaps, gap];
    cursor = { ...cursor, gaps: gaps.map(gapOf) };
  };

  const readGap = (): void => {
    const gap = gaps[random.below(gaps.length)];
    if (gap === undefined) return;
    gaps = gaps.filter((other) => other !== gap);
    window = gapRepaired(window, gapOf(gap), at(minute));
    cursor = { ...cursor, gaps: gaps.map(gapOf) };
  };

  const reconcile = async (): Promise<void> => {
    const from = Math.max(0, readThrough - random.below(4 * 1_440));
    const foundLate = random.below(3);
    const facts = { from: at(from), to: at(readThrough), at: at(minute), foundLate };
    if (facts.from >= facts.to) return;
    const { foundLateInOpen } = await markReconciled(table, tenantId, facts);
    const before = window;
    if (window !== undefined) window = withReconciled(window, facts, facts.at, foundLateInOpen);
    if (foundLateInOpen === 0 || window !== before) totals.foundLate += foundLate;
    isReconciled.fill(1, from, readThrough);
  };

  const step = async (): Promise<void> => {
    // Mostly on time, at times an outage of up to ten hours.
    minute += random.below(40) === 0 ? 10 + random.below(600) : 5;
    if (minute >= minutes) return;
    await pass();
    if (readThrough < 0) return;
    if (random.below(60) === 0) addGap();
    if (gaps.length > 0 && random.below(12) === 0) readGap();
    if (random.below(200) === 0) await reconcile();
    if (random.below(150) === 0)
      quarantined = [...quarantined, { id: minute, minute: random.below(minute), hasRow: random.below(2) === 0 }];
    if (random.below(60) === 0) quarantined = quarantined.slice(1);
    if (random.below(250) === 0) await compactCoverage(table, tenantId, at(minute));
  };

  const reportOn = async (asked: Span): Promise<CoverageReport> => {
    const span = { from: at(asked.from), to: at(asked.to) };
    return coverageOf({
      asked: span,
      enabled: true,
      state: { cursor, window, lastRun: undefined, stored: 0 },
      ledger: await readLedger(table, tenantId, span),
      laterRepairs: await readLaterRepairs(table, tenantId, span),
      access: granted,
      quarantined: quarantined.map(({ id, minute: when, hasRow }): QuarantineEntry => ({
        incidentId: `${id}`,
        version: at(when),
        stage: hasRow ? 'alerts' : 'whole',
        reason: 'broken',
        attempts: 1,
        nextTry: '2026-12-01T00:00:00.000Z',
        since: '2026-10-01T00:00:00.000Z',
      })),
      nowMs: startMs + minute * 60_000,
      overlapMinutes: 60,
      toleratedMs,
    });
  };

  const expected = ({ from, to }: Span): CoverageReport['answer'] => {
    const inGap = (reason: string): boolean =>
      gaps.some((gap) => gap.reason === reason && gap.from < to && gap.to >= from);
    if (inGap('206')) return 'no';
    if (quarantined.some(({ minute: when, hasRow }) => !hasRow && when >= from && when < to)) return 'no';
    if (inGap('backlog')) return 'unknown';
    return isRead.subarray(from, to).every((one) => one === 1) ? 'yes' : 'unknown';
  };

  return {
    random,
    table,
    step,
    reportOn,
    expected,
    totals,
    isReconciled,
    get minute() {
      return minute;
    },
    get readThrough() {
      return readThrough;
    },
    get gaps() {
      return gaps;
    },
    get held() {
      return held;
    },
  };
};

const someSpan = (random: RandomSource, upTo: number): Span => {
  const from = random.below(upTo);
  return { from, to: Math.min(minutes - 1, from + 1 + random.below(random.below(2) === 0 ? 60 : 4_000)) };
};

const minuteOf = (time: Time7): number => (time === beginning ? 0 : (Date.parse(time) - startMs) / 60_000);

describe('a fortnight of passes, outages, gaps, repairs, deep reads and compactions', () => {
  test.each(Array.from({ length: 12 }, (_, seed) => seed + 1))(
    'is answered as minute-by-minute book-keeping answers it (seed %i)',
    async (seed) => {
      const life = beginLife(seed);
      const answers: Record<string, number> = { yes: 0, no: 0, unknown: 0 };
      for (let steps = 0; life.minute < minutes; steps += 1) {
        await life.step();
        if (steps % 3 !== 0 || life.minute >= minutes) continue;
        const asked = someSpan(life.random, life.minute + 30);
        const { answer, because } = await life.reportOn(asked);
        expect({ ...asked, answer }).toEqual({ ...asked, answer: life.expected(asked) });
        expect(because.length > 0 || answer === 'yes').toBe(true);
        answers[answer] = (answers[answer] ?? 0) + 1;
      }
      // A history that never asks for one of the answers proves nothing of it.
      expect(Math.min(...Object.values(answers))).toBeGreaterThan(2);
    },
  );

  test.each(Array.from({ length: 6 }, (_, seed) => seed + 101))(
    'leaves windows that claim nothing beyond it and lose no count (seed %i)',
    async (seed) => {
      const life = beginLife(seed);
      while (life.minute < minutes) await life.step();
      const report = await life.reportOn({ from: 0, to: minutes - 1 });
      const seen = new Uint8Array(minutes);
      for (const { from, to, state } of report.windows) {
        if (state === 'planned') continue;
        expect(minuteOf(to)).toBeLessThanOrEqual(life.readThrough);
        seen.fill(1, minuteOf(from), minuteOf(to));
        const gapless = !life.gaps.some(
          (gap) => at(gap.from) < to && spanOfGap({ from: at(gap.from), to: at(gap.to) }).to > from,
        );
        expect(gapless).toBe(true);
        if (state === 'reconciled' && from !== beginning)
          expect(life.isReconciled.subarray(minuteOf(from), minuteOf(to)).every((one) => one === 1)).toBe(true);
      }
      const sum = (name: 'calls' | 'new' | 'foundLate'): number =>
        report.windows.reduce((total, one) => total + one[name], 0);
      expect([sum('calls'), sum('new'), sum('foundLate')]).toEqual([
        life.totals.calls,
        life.totals.new,
        life.totals.foundLate,
      ]);
      const told = report.gaps
        .filter((gap) => gap.counts !== null)
        .map(({ from, to }) => [minuteOf(from), minuteOf(to)]);
      expect(told).toEqual(life.held.map(({ from, to }) => [from, to]));
      expect(told.length).toBeGreaterThan(10);
    },
  );
});
