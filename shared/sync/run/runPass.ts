import type { Cursor, Gap } from '../../model/cursor';
import type { Time7 } from '../../model/time7';
import { beginning, justAfter, justBefore, latest, minusMinutes } from '../../model/time7';
import type { Clock } from '../../ports';
import { ContractError } from '../../errors';
import type { ClosedRange } from '../position/gaps';
import {
  aroundGaps,
  dueGaps,
  plannedReasons,
  withGapCut,
  withGapReadThrough,
  withoutGap,
  withPlanned,
  withTrouble,
} from '../position/gaps';
import type { CursorChange } from '../position/marks';
import type { PassWriter } from '../storing/passWriter';
import type { Progress, ReadSlicesDeps } from '../reading/readSlices';
import { readSlices } from '../reading/readSlices';
import type { Slice } from '../reading/stretch';

export interface PassDeps extends ReadSlicesDeps {
  readonly writer: Pick<PassWriter, 'cursor' | 'mark'>;
  readonly clock: Clock;
  readonly overlapMinutes: number;
}

export interface PassEnd {
  /** `partial`: the calls were used up. */
  readonly state: 'succeeded' | 'partial';
  /** True where the head was read to the newest. */
  readonly isHeadRead: boolean;
}

/**
 * One run's reading: what changed since the last complete pass (or on from where one was cut), then the gaps that are due, newest first;
 * all of it side by side as far as there are readers.
 */
export const runPass = async (deps: PassDeps): Promise<PassEnd> => {
  const { writer, clock, overlapMinutes } = deps;
  const start = writer.cursor;
  const { closed, openFrom } = aroundGaps(startOf(start, overlapMinutes), start.gaps);
  const due = dueGaps(start, clock.now());
  if (closed.length > 0) writer.mark((cursor) => withPlanned(cursor, closed, plannedReasons.backlog));
  const slices: Slice[] = [
    { from: openFrom, to: undefined, by: 'updated' },
    ...[...closed].reverse().map(toSlice),
    ...due.map(toSlice),
  ];
  const head = headProgress(deps, start);
  const end = await readSlices(deps, slices, head.progress);
  return { state: end === 'cut' ? 'partial' : 'succeeded', isHeadRead: head.isRead() };
};

const toSlice = ({ from, to, attempts }: ClosedRange & Partial<Pick<Gap, 'attempts'>>): Slice => ({
  from,
  to,
  by: 'updated',
  ...(attempts === undefined ? {} : { attempts }),
});

/** Where the server's clock stood when the last complete pass began, less the overlap that late rows need. */
const startOf = ({ resume, readThrough }: Cursor, overlapMinutes: number): Time7 => {
  if (resume !== undefined) return resume.at;
  return readThrough === undefined ? beginning : minusMinutes(readThrough, overlapMinutes);
};

/** How far a pass is, as changes of the tenant's cursor: what is not read stands in it as a gap from the moment the head passes it. */
const headProgress = (
  { writer, clock }: PassDeps,
  start: Cursor,
): { readonly progress: Progress; readonly isRead: () => boolean } => {
  let startedAt = start.resume?.startedAt;
  /** Of the run's answers: whatever is read before the open slice's own first answer is read as of then. */
  let firstAnswer: Time7 | undefined;
  let isRead = false;
  const mark = (change: CursorChange): void => writer.mark(change);
  const headRead = (cursor: Cursor, through: Time7 | undefined): Cursor => ({
    ...cursor,
    head: through === undefined ? cursor.head : latest(cursor.head, through),
    readThrough: startedAt,
    resume: undefined,
  });
  const progress: Progress = {
    answered: (serverTime) => {
      if (firstAnswer === undefined || serverTime < firstAnswer) firstAnswer = serverTime;
    },
    openRead: ({ through, complete, serverTime }) => {
      checkClock(start, serverTime);
      const since = (startedAt ??= firstAnswer ?? serverTime);
      isRead ||= complete;
      // What is dated later than the answer says nothing about the time until then.
      const certain = through !== undefined && through > serverTime ? serverTime : through;
      if (complete) mark((cursor) => headRead(cursor, certain));
      else if (through !== undefined && certain !== undefined)
        mark((cursor) => ({
          ...cursor,
          // More of that very instant may follow.
          head: latest(cursor.head, justBefore(certain)),
          resume: { at: through, startedAt: since },
        }));
    },
    openClosed: (from, to) => {
      checkClock(start, to);
      startedAt ??= firstAnswer ?? to;
      isRead = true;
      mark((cursor) => withPlanned(headRead(cursor, to), [{ from, to }], plannedReasons.backlog));
    },
    openDivided: (from, cuts) => {
      const last = cuts.at(-1);
      if (last === undefined) return;
      const closed = cuts.map((to, at): ClosedRange => {
        const before = cuts[at - 1];
        return { from: before === undefined ? from : justAfter(before), to };
      });
      const since = startedAt;
      mark((cursor) => ({
        ...withPlanned(cursor, closed, plannedReasons.backlog),
        head: latest(cursor.head, last),
        ...(since === undefined ? {} : { resume: { at: justAfter(last), startedAt: since } }),
      }));
    },
    closedRead: (range, through) => mark((cursor) => withGapReadThrough(cursor, range, through)),
    closedDivided: (to, middle) => mark((cursor) => withGapCut(cursor, to, middle)),
    doubted: (doubt, { attempts }) =>
      mark((cursor) => withTrouble(cursor, doubt, attempts === undefined ? 0 : attempts + 1, clock.now())),
    putOff: (to, reason, { from, attempts = -1 }) =>
      mark((cursor) => {
        const left = cursor.gaps.find((gap) => gap.to === to)?.from ?? from;
        return withTrouble(withoutGap(cursor, to), { from: left, to, reason }, attempts + 1, clock.now());
      }),
  };
  return { progress, isRead: () => isRead };
};

/** A saved position in the server's future is nonsense, from a row edited or restored: nothing can be concluded from it. */
export class CursorAhead extends ContractError {}

/** Servers of one service differ by seconds, those of two by little more. */
const toleratedMinutes = 5;

/** True where a position is saved that no server has reached yet at `now`. */
export const isAhead = ({ head, readThrough }: Cursor, now: Time7): boolean =>
  [head, readThrough].some((time) => time !== undefined && minusMinutes(time, toleratedMinutes) > now);

const checkClock = (cursor: Cursor, serverTime: Time7): void => {
  if (isAhead(cursor, serverTime)) throw new CursorAhead('The saved position lies in the future of Defender’s clock');
};
