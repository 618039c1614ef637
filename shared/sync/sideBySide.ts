import type { JoinedEnd } from './readJoined';
import type { Slice, Stretch } from './stretch';

/** More readers of one tenant gain nothing: beyond them the rate limit rules. */
export const maxReaders = 8;
/** What one reader may have read before it is dealt with, so that a committer who is slow does not fill the memory. */
const maxWaiting = 4;

/** A slice being read. */
export interface Reading {
  readonly slice: Slice;
  readonly stretches: AsyncGenerator<Stretch, JoinedEnd, void>;
  /** Whether it may read on before what it has read is dealt with: not while that may still change its slice. */
  readonly mayReadOn: (read: number) => boolean;
}

export type Step<R extends Reading> =
  | { readonly kind: 'stretch'; readonly reading: R; readonly stretch: Stretch }
  | { readonly kind: 'end'; readonly reading: R; readonly end: JoinedEnd }
  | { readonly kind: 'failure'; readonly reading: R; readonly error: unknown };

/** How far one reader is. */
interface Progress {
  /** Stretches it read, and steps of it that are to be handed over. */
  read: number;
  waiting: number;
  isReading: boolean;
  isOver: boolean;
}

/**
 * Reads slices side by side, as many as there are readers, in the order of the queue, and hands over what comes first; what its reader
 * waits for goes before what its reader goes on after. Whoever takes the steps may put more into the queue. Ends when nothing is left.
 * @param arrived what is to be done with a stretch before it is handed over; it must not fail of anything but a bug
 */
export async function* sideBySide<R extends Reading>(
  queue: R[],
  arrived: (stretch: Stretch) => Promise<void>,
): AsyncGenerator<Step<R>, void, void> {
  const active = new Map<R, Progress>();
  const [awaited, others]: [Step<R>[], Step<R>[]] = [[], []];
  const underWay = new Set<Promise<void>>();
  let isLeft = false;

  const goOn = (reading: R, at: Progress): void => {
    at.isReading = true;
    const reads = stepOf(reading, arrived).then((step) => {
      underWay.delete(reads);
      at.isReading = false;
      at.waiting += 1;
      at.isOver = step.kind !== 'stretch';
      if (!at.isOver) at.read += 1;
      const goesOn = at.isOver || reading.mayReadOn(at.read);
      (goesOn ? others : awaited).push(step);
      if (goesOn && !at.isOver && at.waiting < maxWaiting && !isLeft) goOn(reading, at);
    });
    underWay.add(reads);
  };

  try {
    for (;;) {
      while (active.size < maxReaders) {
        const reading = queue.shift();
        if (reading === undefined) break;
        const at = { read: 0, waiting: 0, isReading: false, isOver: false };
        active.set(reading, at);
        goOn(reading, at);
      }
      if (active.size === 0) return;
      const step = awaited.shift() ?? others.shift();
      if (step === undefined) {
        await Promise.race(underWay);
        continue;
      }
      const { reading } = step;
      const at = active.get(reading);
      if (at !== undefined) at.waiting -= 1;
      if (step.kind !== 'stretch') active.delete(reading);
      yield step;
      if (at !== undefined && !at.isOver && !at.isReading) goOn(reading, at);
    }
  } finally {
    isLeft = true;
    // What is under way is waited for, so that no call outlives the run that counts it.
    await Promise.all(underWay);
    await Promise.all([...active.keys()].map(({ stretches }) => stretches.return(undefined)));
  }
}

const stepOf = async <R extends Reading>(
  reading: R,
  arrived: (stretch: Stretch) => Promise<void>,
): Promise<Step<R>> => {
  try {
    const { done, value } = await reading.stretches.next();
    if (done === true) return { kind: 'end', reading, end: value };
    await arrived(value);
    return { kind: 'stretch', reading, stretch: value };
  } catch (error) {
    return { kind: 'failure', reading, error };
  }
};
