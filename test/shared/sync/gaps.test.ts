import type { Cursor, Gap } from '../../../shared/model/cursor';
import { emptyCursor } from '../../../shared/model/cursor';
import type { Time7 } from '../../../shared/model/time7';
import { dueGaps, withGap, withGapReadThrough, withoutGap } from '../../../shared/sync/gaps';
import { randomSource } from '../../support/randomSource';

const nowMs = Date.parse('2026-11-20T08:00:00.000Z');
const at = (minute: number): Time7 =>
  `2026-11-${(1 + Math.floor(minute / 1440)).toString().padStart(2, '0')}T${Math.floor((minute % 1440) / 60)
    .toString()
    .padStart(2, '0')}:${(minute % 60).toString().padStart(2, '0')}:00.0000000Z` as Time7;
const range = (from: number, to: number) => ({ from: at(from), to: at(to), reason: '206' });
const gapOf = (cursor: Cursor, index = 0): Gap => cursor.gaps[index]!;

test('a new gap is tried again after five minutes', () => {
  expect(withGap(emptyCursor, range(10, 20), nowMs).gaps).toEqual([
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
  expect(gapOf(withGap(emptyCursor, range(10, 20), nowMs, attempts))).toMatchObject({ attempts, nextTry });
});

test('gaps are kept in order of their start', () => {
  const cursor = [30, 10, 20].reduce((so, from) => withGap(so, range(from, from + 5), nowMs), emptyCursor);
  expect(cursor.gaps.map(({ from }) => from)).toEqual([at(10), at(20), at(30)]);
});

test('more than fifty are joined, oldest neighbours first', () => {
  let cursor = emptyCursor;
  for (let index = 0; index < 51; index += 1) cursor = withGap(cursor, range(index * 10, index * 10 + 5), nowMs);
  expect(cursor.gaps).toHaveLength(50);
  expect(gapOf(cursor)).toMatchObject({ from: at(0), to: at(15) });
  expect(gapOf(cursor, 1)).toMatchObject({ from: at(20), to: at(25) });
});

test('joining loses no minute that was in a gap', () => {
  const random = randomSource(21);
  for (let round = 0; round < 20; round += 1) {
    const given = Array.from({ length: 120 }, () => {
      const from = random.below(10_000);
      return { from, to: from + random.below(400) };
    });
    const cursor = given.reduce((so, { from, to }) => withGap(so, range(from, to), nowMs), emptyCursor);
    expect(cursor.gaps.length).toBeLessThanOrEqual(50);
    for (const { from, to } of given)
      expect(cursor.gaps.some((gap) => gap.from <= at(from) && gap.to >= at(to))).toBe(true);
  }
});

test('a gap read to its end is gone, with those inside it that end where it ends', () => {
  const cursor = [range(10, 20), range(15, 20), range(12, 18), range(5, 20)].reduce(
    (so, gap) => withGap(so, gap, nowMs),
    emptyCursor,
  );
  const read = cursor.gaps.find(({ from }) => from === at(10))!;
  expect(withoutGap(cursor, read).gaps.map(({ from, to }) => [from, to])).toEqual([
    [at(5), at(20)],
    [at(12), at(18)],
  ]);
});

test('a gap read in part begins where reading stopped', () => {
  const cursor = withGap(withGap(emptyCursor, range(10, 20), nowMs), range(16, 20), nowMs);
  const read = withGapReadThrough(cursor, gapOf(cursor), at(14));
  expect(read.gaps.map(({ from, to }) => [from, to])).toEqual([
    [at(14), at(20)],
    [at(16), at(20)],
  ]);
});

test('reading from a gap’s start does not move it back', () => {
  const cursor = withGap(emptyCursor, range(10, 20), nowMs);
  expect(withGapReadThrough(cursor, gapOf(cursor), at(9)).gaps[0]!.from).toBe(at(10));
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

test('head, readThrough and resume are left alone', () => {
  const cursor: Cursor = { ...emptyCursor, head: at(1), readThrough: at(2), resume: { at: at(3), startedAt: at(4) } };
  expect(withGap(cursor, range(10, 20), nowMs)).toMatchObject({
    head: at(1),
    readThrough: at(2),
    resume: cursor.resume,
  });
});
