import type { Cursor, Gap } from '../../model/cursor';
import type { Time7 } from '../../model/time7';
import { justAfter, justBefore, latest } from '../../model/time7';

/** More than this many are joined, oldest neighbours first: a bounded list that may read too much, never too little. */
const maxGaps = 50;
const firstWaitMs = 5 * 60_000;
const longestWaitMs = 6 * 60 * 60_000;

/** Reasons that are plans and no trouble. */
export const plannedReasons = { backlog: 'backlog', backfill: 'backfill' } as const;
const planned: ReadonlySet<string> = new Set(Object.values(plannedReasons));
export const isPlanned = ({ reason }: Pick<Gap, 'reason'>): boolean => planned.has(reason);

/** A closed range; both edges belong to it. */
export interface ClosedRange {
  readonly from: Time7;
  readonly to: Time7;
}

const withGaps = (cursor: Cursor, gaps: readonly Gap[]): Cursor => ({
  ...cursor,
  gaps: bounded([...gaps].sort((a, b) => (a.from < b.from ? -1 : 1))),
});

const bounded = (gaps: readonly Gap[]): readonly Gap[] => {
  const [first, second, ...rest] = gaps;
  if (gaps.length <= maxGaps || first === undefined || second === undefined) return gaps;
  const [from, to] = [first.from, first.to > second.to ? first.to : second.to];
  // Trouble joined with a plan is still trouble.
  const joined: Gap = { ...(isPlanned(second) ? first : second), from, to };
  return bounded([joined, ...rest]);
};

/** The cursor with ranges written down as still to be read, at once. */
export const withPlanned = (cursor: Cursor, ranges: readonly ClosedRange[], reason: string): Cursor =>
  withGaps(cursor, [
    ...cursor.gaps,
    ...ranges.map(({ from, to }): Gap => ({ from, to, reason, attempts: 0, nextTry: new Date(0).toISOString() })),
  ]);

/** The cursor with a range written down as not read, to be tried again after a wait that doubles. */
export const withTrouble = (
  cursor: Cursor,
  { from, to, reason }: ClosedRange & { readonly reason: string },
  attempts: number,
  nowMs: number,
): Cursor => {
  const nextTry = new Date(nowMs + Math.min(firstWaitMs * 2 ** attempts, longestWaitMs)).toISOString();
  return withGaps(cursor, [...cursor.gaps, { from, to, reason, attempts, nextTry }]);
};

/** Gaps do not overlap, so the end of one names it. */
export const withoutGap = (cursor: Cursor, to: Time7): Cursor => ({
  ...cursor,
  gaps: cursor.gaps.filter((gap) => gap.to !== to),
});

/** The cursor once `read` was read from its start through `through`. A gap that begins before it was joined with another meanwhile, and stays. */
export const withGapReadThrough = (cursor: Cursor, read: ClosedRange, through: Time7): Cursor => ({
  ...cursor,
  gaps: cursor.gaps.flatMap((gap) => {
    if (gap.to !== read.to || gap.from < read.from) return [gap];
    return through >= gap.to ? [] : [{ ...gap, from: latest(gap.from, through) }];
  }),
});

/** The gap that ends at `to`, cut into two after `middle`. */
export const withGapCut = (cursor: Cursor, to: Time7, middle: Time7): Cursor =>
  withGaps(
    cursor,
    cursor.gaps.flatMap((gap) =>
      gap.to === to && gap.from <= middle && middle < to
        ? [
            { ...gap, to: middle },
            { ...gap, from: justAfter(middle) },
          ]
        : [gap],
    ),
  );

/** Gaps whose time has come, newest first. */
export const dueGaps = (cursor: Cursor, nowMs: number): readonly Gap[] =>
  cursor.gaps.filter(({ nextTry }) => Date.parse(nextTry) <= nowMs).sort((a, b) => (a.to > b.to ? -1 : 1));

/** What is left from `from` on when the gaps, which are read in their own right, are taken out: closed ranges, then an open one. */
export const aroundGaps = (
  from: Time7,
  gaps: readonly Gap[],
): { readonly closed: readonly ClosedRange[]; readonly openFrom: Time7 } => {
  const closed: ClosedRange[] = [];
  let start = from;
  for (const gap of [...gaps].sort((a, b) => (a.from < b.from ? -1 : 1))) {
    if (gap.to < start) continue;
    if (gap.from > start) closed.push({ from: start, to: justBefore(gap.from) });
    start = justAfter(gap.to);
  }
  return { closed, openFrom: start };
};
