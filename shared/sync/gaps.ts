import type { Cursor, Gap } from '../model/cursor';
import type { Time7 } from '../model/time7';
import { latest } from '../model/time7';

/** More than this many are joined, oldest neighbours first: a bounded list that may read too much, never too little. */
const maxGaps = 50;
const firstWaitMs = 5 * 60_000;
const longestWaitMs = 6 * 60 * 60_000;

const retryAt = (attempts: number, nowMs: number): string =>
  new Date(nowMs + Math.min(firstWaitMs * 2 ** attempts, longestWaitMs)).toISOString();

/** The cursor with one more range written down as not read. */
export const withGap = (
  cursor: Cursor,
  gap: { from: Time7; to: Time7; reason: string },
  nowMs: number,
  attempts = 0,
): Cursor => {
  const gaps = [...cursor.gaps, { ...gap, attempts, nextTry: retryAt(attempts, nowMs) }].sort((a, b) =>
    a.from < b.from ? -1 : 1,
  );
  return { ...cursor, gaps: bounded(gaps) };
};

const bounded = (gaps: readonly Gap[]): readonly Gap[] => {
  const [first, second, ...rest] = gaps;
  if (gaps.length <= maxGaps || first === undefined || second === undefined) return gaps;
  const joined: Gap = { ...second, from: first.from, to: first.to > second.to ? first.to : second.to };
  return bounded([joined, ...rest]);
};

/** Reading `gap` from its start covers every gap inside it that ends where it ends. */
const isWithin = (other: Gap, gap: Gap): boolean => other.to === gap.to && other.from >= gap.from;

export const withoutGap = (cursor: Cursor, gap: Gap): Cursor => ({
  ...cursor,
  gaps: cursor.gaps.filter((other) => !isWithin(other, gap)),
});

/** The cursor once `gap` is read from its start through `through`. */
export const withGapReadThrough = (cursor: Cursor, gap: Gap, through: Time7): Cursor => ({
  ...cursor,
  gaps: cursor.gaps.map((other) => (isWithin(other, gap) ? { ...other, from: latest(other.from, through) } : other)),
});

/** Gaps whose time has come, newest first. */
export const dueGaps = (cursor: Cursor, nowMs: number): readonly Gap[] =>
  cursor.gaps.filter(({ nextTry }) => Date.parse(nextTry) <= nowMs).sort((a, b) => (a.to > b.to ? -1 : 1));
