import type { Cursor, Gap } from '../../../../shared/model/cursor';
import { emptyCursor } from '../../../../shared/model/cursor';
import type { Time7 } from '../../../../shared/model/time7';
import { justAfter, justBefore } from '../../../../shared/model/time7';
import type { ClosedRange } from '../../../../shared/sync/position/gaps';
import {
  aroundGaps,
  dueGaps,
  isPlanned,
  withGapCut,
  withGapReadThrough,
  withoutGap,
  withPlanned,
  withTrouble,
} from '../../../../shared/sync/position/gaps';
import type { RandomSource } from '../../../support/randomSource';
import { randomSource } from '../../../support/randomSource';
import { second } from '../reading/shownList';

const nowMs = Date.parse('2026-11-20T08:00:00.000Z');
const at = (minute: number): Time7 => second(minute * 60);
const range = (from: number, to: number) => ({ from: at(from), to: at(to), reason: '206' });
const gapOf = (cursor: Cursor, index = 0): Gap => cursor.gaps[index]!;
const edges = ({ gaps }: Cursor) => gaps.map(({ from, to }) => [from, to]);

test('trouble is tried again after five minutes', () => {
  expect(withTrouble(emptyCursor, range(10, 20), 0, nowMs).gaps).toEqual([
    { ...range(10, 20), attempts: 0, nextTry: '2026-11-20T08:05:00.000Z' },
  ]);
});

test.each([
  [1, '2026-11-20T08:10:00.000Z'],
  [2, '2026-11-20T08:20:00.000Z'],
  [6, '2026-11-20T13:20:00.000Z'],
  [7, '2026-11-20T14:00:00.000Z'],
  [900, '2026-11-20T14:00:00.000Z'],
])('after %i attempts its wait has doubled, up to six hours', (attempts, nextTry) => {
  expect(gapOf(withTrouble(emptyCursor, range(10, 20), attempts, nowMs))).toMatchObject({ attempts, nextTry });
});

test('what is planned is due at once, and is no trouble', () => {
  const cursor = withTrouble(withPlanned(emptyCursor, [range(10, 20)], 'backlog'), range(30, 40), 0, nowMs);
  expect(cursor.gaps.map(isPlanned)).toEqual([true, false]);
  expect(dueGaps(cursor, nowMs).map(({ from }) => from)).toEqual([at(10)]);
});

test('gaps are kept in order of their start', () => {
  const cursor = withPlanned(emptyCursor, [range(30, 35), range(10, 15), range(20, 25)], 'backlog');
  expect(cursor.gaps.map(({ from }) => from)).toEqual([at(10), at(20), at(30)]);
});

test('more than fifty are joined, oldest neighbours first', () => {
  const ranges = Array.from({ length: 51 }, (_, index) => range(index * 10, index * 10 + 5));
  const cursor = withPlanned(emptyCursor, ranges, 'backlog');
  expect(cursor.gaps).toHaveLength(50);
  expect(gapOf(cursor)).toMatchObject({ from: at(0), to: at(15) });
  expect(gapOf(cursor, 1)).toMatchObject({ from: at(20), to: at(25) });
});

test('a gap read to its end is gone', () => {
  const cursor = withPlanned(emptyCursor, [range(10, 20), range(30, 40)], 'backlog');
  expect(edges(withGapReadThrough(cursor, range(10, 20), at(20)))).toEqual([[at(30), at(40)]]);
  expect(edges(withoutGap(cursor, at(40)))).toEqual([[at(10), at(20)]]);
});

test('a gap read in part begins where reading stopped, and never further back', () => {
  const cursor = withPlanned(emptyCursor, [range(10, 20)], 'backlog');
  const read = withGapReadThrough(cursor, range(10, 20), at(14));
  expect(edges(read)).toEqual([[at(14), at(20)]]);
  expect(edges(withGapReadThrough(read, range(10, 20), at(12)))).toEqual([[at(14), at(20)]]);
});

test('a gap that was joined with an older one meanwhile stays, for nobody read that', () => {
  const cursor = withPlanned(emptyCursor, [range(5, 20)], 'backlog');
  expect(edges(withGapReadThrough(cursor, range(10, 20), at(20)))).toEqual([[at(5), at(20)]]);
});

test('a gap is cut after the middle, into two that keep what is known of it', () => {
  const cursor = withTrouble(emptyCursor, range(10, 20), 3, nowMs);
  expect(withGapCut(cursor, at(20), at(15)).gaps).toEqual([
    { ...gapOf(cursor), to: at(15) },
    { ...gapOf(cursor), from: justAfter(at(15)) },
  ]);
  for (const outside of [at(9), at(20), at(21)]) expect(withGapCut(cursor, at(20), outside)).toEqual(cursor);
});

test('only gaps whose time has come are due, newest first', () => {
  const cursor: Cursor = {
    ...emptyCursor,
    gaps: [
      { ...range(10, 20), attempts: 0, nextTry: '2026-11-20T08:00:00.000Z' },
      { ...range(30, 40), attempts: 0, nextTry: '2026-11-20T08:00:00.001Z' },
      { ...range(50, 60), attempts: 3, nextTry: '2026-11-20T07:00:00.000Z' },
    ],
  };
  expect(dueGaps(cursor, nowMs).map(({ from }) => from)).toEqual([at(50), at(10)]);
});

test('around gaps lies what is between them, and from the last one on an open range', () => {
  const { gaps } = withPlanned(emptyCursor, [range(0, 5), range(20, 30), range(25, 40), range(60, 70)], 'backlog');
  expect(aroundGaps(at(10), gaps)).toEqual({
    closed: [
      { from: at(10), to: justBefore(at(20)) },
      { from: justAfter(at(40)), to: justBefore(at(60)) },
    ],
    openFrom: justAfter(at(70)),
  });
  expect(aroundGaps(at(80), gaps)).toEqual({ closed: [], openFrom: at(80) });
});

test('head, readThrough and resume are left alone', () => {
  const cursor: Cursor = { ...emptyCursor, head: at(1), readThrough: at(2), resume: { at: at(3), startedAt: at(4) } };
  const { gaps, ...rest } = withGapCut(withTrouble(cursor, range(10, 20), 0, nowMs), at(20), at(15));
  expect(gaps).toHaveLength(2);
  expect(rest).toEqual({ head: at(1), readThrough: at(2), resume: cursor.resume });
});

/** Minutes, so that each can be looked at. */
const minutes = 300;
const times = Array.from({ length: minutes }, (_, minute) => at(minute));
const isIn = (gaps: readonly ClosedRange[], time: Time7): boolean =>
  gaps.some(({ from, to }) => from <= time && time <= to);
const covered = ({ gaps }: Cursor): Time7[] => times.filter((time) => isIn(gaps, time));

const someRange = (random: RandomSource) => {
  const from = random.below(minutes);
  return range(from, from + random.below(12));
};

/** One random change, and the minutes that it says are read. */
const change = (cursor: Cursor, random: RandomSource): { readonly next: Cursor; readonly read: ClosedRange[] } => {
  const gap = cursor.gaps[random.below(cursor.gaps.length)];
  const kind = gap === undefined ? random.below(2) : random.below(5);
  if (kind === 0 || gap === undefined) return { next: withPlanned(cursor, [someRange(random)], 'backlog'), read: [] };
  if (kind === 1) return { next: withTrouble(cursor, someRange(random), random.below(9), nowMs), read: [] };
  const inside = at(Math.round((Date.parse(gap.from) - Date.parse(at(0))) / 60_000) + random.below(8));
  if (kind === 2) return { next: withGapCut(cursor, gap.to, inside), read: [] };
  if (kind === 3) return { next: withoutGap(cursor, gap.to), read: cursor.gaps.filter(({ to }) => to === gap.to) };
  // What reads a slice may have begun before the gap, or after it where the gap was joined.
  const from = [gap.from, at(0), justAfter(gap.from)][random.below(3)] ?? gap.from;
  const through = inside > gap.to ? gap.to : inside;
  return { next: withGapReadThrough(cursor, { from, to: gap.to }, through), read: [{ from, to: through }] };
};

test('over any course of changes no minute leaves the gaps but those that were read (100 seeds)', () => {
  const wrong: unknown[] = [];
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = randomSource(seed);
    let cursor = emptyCursor;
    for (let step = 0; step < 120; step += 1) {
      const { next, read } = change(cursor, random);
      const lost = covered(cursor).filter((time) => !isIn(next.gaps, time) && !isIn(read, time));
      if (lost.length > 0 || next.gaps.length > 50) wrong.push({ seed, step, lost, gaps: next.gaps.length });
      cursor = next;
    }
  }
  expect(wrong).toEqual([]);
});

test('gaps and what lies around them leave out no instant from the start on (200 seeds)', () => {
  const wrong: unknown[] = [];
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = randomSource(seed);
    const ranges = Array.from({ length: random.below(12) }, () => someRange(random));
    const { gaps } = withPlanned(emptyCursor, ranges, 'backlog');
    const start = random.below(minutes);
    const { closed, openFrom } = aroundGaps(at(start), gaps);
    const after = [...closed, { from: openFrom, to: at(minutes * 2) }];
    const edges = [...gaps, ...closed].flatMap(({ from, to }) => [from, to]);
    for (const time of [...times, ...edges, ...edges.map(justBefore), ...edges.map(justAfter)]) {
      if (time < at(start)) continue;
      const readers = after.filter(({ from, to }) => from <= time && time <= to).length;
      if (readers !== (isIn(gaps, time) ? 0 : 1)) wrong.push({ seed, time, readers });
    }
  }
  expect(wrong).toEqual([]);
});
