import type { JoinedEnd } from './readJoined';
import type { Slice, Stretch } from './stretch';

/** More readers of one tenant gain nothing: beyond them the rate limit rules. */
const maxReaders = 8;
/** What may have been read before it is dealt with, so that a committer who is slow does not fill the memory. */
const maxWaiting = 4;

/** A slice being read. */
export interface Reading {
  readonly slice: Slice;
  readonly stretches: AsyncGenerator<Stretch, JoinedEnd, void>;
}

export type Step<R extends Reading, Arrival> =
  | { readonly kind: 'stretch'; readonly reading: R; readonly stretch: Stretch; readonly arrival: Arrival }
  | { readonly kind: 'end'; readonly reading: R; readonly end: JoinedEnd }
  | { readonly kind: 'failure'; readonly reading: R; readonly error: unknown };

/**
 * Reads slices side by side, as many as there are readers, and hands over what comes in the order in which it came. Readers go on meanwhile.
 * Ends when nothing is being read and nothing is next.
 * @param next what is to be read next, asked whenever a reader is idle; undefined: nothing now
 * @param arrived called at once with each stretch, before its reader goes on, and with how many readers are idle; its answer comes with the
 * stretch
 */
export async function* sideBySide<R extends Reading, Arrival>(
  next: () => R | undefined,
  arrived: (reading: R, stretch: Stretch, idle: number) => Arrival,
): AsyncGenerator<Step<R, Arrival>, void, void> {
  const active = new Set<R>();
  const waiting: Step<R, Arrival>[] = [];
  /** Would go on, but too much waits. */
  const held: R[] = [];
  const underWay = new Set<Promise<void>>();
  let isLeft = false;

  const goOn = (reading: R): void => {
    const reads = stepOf(reading, (stretch) => arrived(reading, stretch, maxReaders - active.size)).then((step) => {
      underWay.delete(reads);
      waiting.push(step);
      if (step.kind === 'stretch') held.push(reading);
      else active.delete(reading);
      beginWhatMay();
    });
    underWay.add(reads);
  };

  const beginWhatMay = (): void => {
    if (isLeft) return;
    while (waiting.length < maxWaiting) {
      const reading = held.shift();
      if (reading === undefined) break;
      goOn(reading);
    }
    while (active.size < maxReaders) {
      const reading = next();
      if (reading === undefined) break;
      active.add(reading);
      goOn(reading);
    }
  };

  try {
    for (;;) {
      beginWhatMay();
      const step = waiting.shift();
      if (step !== undefined) yield step;
      else if (active.size === 0) return;
      else await Promise.race(underWay);
    }
  } finally {
    isLeft = true;
    // What is under way is waited for, so that no call outlives the run that counts it.
    await Promise.all(underWay);
    await Promise.all([...active].map(({ stretches }) => stretches.return(undefined)));
  }
}

const stepOf = async <R extends Reading, Arrival>(
  reading: R,
  arrived: (stretch: Stretch) => Arrival,
): Promise<Step<R, Arrival>> => {
  try {
    const { done, value } = await reading.stretches.next();
    if (done === true) return { kind: 'end', reading, end: value };
    return { kind: 'stretch', reading, stretch: value, arrival: arrived(value) };
  } catch (error) {
    return { kind: 'failure', reading, error };
  }
};
