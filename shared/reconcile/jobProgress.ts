import type { Gap } from '../model/cursor';
import { emptyCursor } from '../model/cursor';
import type { Clock } from '../ports';
import { withGapCut, withGapReadThrough, withoutGap, withTrouble } from '../sync/position/gaps';
import type { CursorChange } from '../sync/position/marks';
import type { Progress } from '../sync/reading/readSlices';

/** How far closed slices are read, as changes of a list of ranges that are still to be read. */
export interface RangeList {
  /** As they will be once everything queued is written. */
  readonly left: readonly Gap[];
  readonly progress: Progress;
}

/** The rules of a cursor's gaps hold for a job's ranges as well. */
export const createRangeList = (start: readonly Gap[], clock: Clock): RangeList => {
  let cursor = { ...emptyCursor, gaps: start };
  const change = (edit: CursorChange): void => {
    cursor = { ...cursor, gaps: edit(cursor).gaps };
  };
  const never = (): never => {
    throw new Error('a job reads closed ranges only');
  };
  return {
    get left() {
      return cursor.gaps;
    },
    progress: {
      openRead: never,
      openClosed: never,
      openDivided: never,
      closedRead: (range, through) => change((now) => withGapReadThrough(now, range, through)),
      closedDivided: (to, middle) => change((now) => withGapCut(now, to, middle)),
      doubted: (doubt, { attempts = -1 }) => change((now) => withTrouble(now, doubt, attempts + 1, clock.now())),
      putOff: (to, reason, { from, attempts = -1 }) =>
        change((now) => {
          const left = now.gaps.find((gap) => gap.to === to)?.from ?? from;
          return withTrouble(withoutGap(now, to), { from: left, to, reason }, attempts + 1, clock.now());
        }),
    },
  };
};
