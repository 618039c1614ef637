import type { JoinedEnd } from './readJoined';
import type { Slice, Stretch } from './stretch';

/** More readers of one tenant gain nothing: beyond them the rate limit rules. */
export const maxReaders = 8;

/** A slice being read. */
export interface Reading {
  readonly slice: Slice;
  readonly stretches: AsyncGenerator<Stretch, JoinedEnd, void>;
}

export type Step<R extends Reading> =
  | { readonly kind: 'stretch'; readonly reading: R; readonly stretch: Stretch }
  | { readonly kind: 'end'; readonly reading: R; readonly end: JoinedEnd }
  | { readonly kind: 'failure'; readonly reading: R; readonly error: unknown };

/**
 * Reads slices side by side, as many as there are readers, in the order of the queue, and hands over what comes first. Whoever takes the
 * steps may put more into the queue; a slice goes on only once its step was dealt with. Ends when nothing is left.
 */
export async function* sideBySide<R extends Reading>(queue: R[]): AsyncGenerator<Step<R>, void, void> {
  const active = new Map<R, Promise<Step<R>>>();
  const start = (reading: R): void => void active.set(reading, stepOf(reading));
  try {
    for (;;) {
      while (active.size < maxReaders) {
        const reading = queue.shift();
        if (reading === undefined) break;
        start(reading);
      }
      if (active.size === 0) return;
      const step = await Promise.race(active.values());
      active.delete(step.reading);
      yield step;
      if (step.kind === 'stretch') start(step.reading);
    }
  } finally {
    // What is under way is waited for, so that no call outlives the run that counts it.
    await Promise.all(active.values());
  }
}

const stepOf = async <R extends Reading>(reading: R): Promise<Step<R>> => {
  try {
    const { done, value } = await reading.stretches.next();
    if (done === true) return { kind: 'end', reading, end: value };
    return { kind: 'stretch', reading, stretch: value };
  } catch (error) {
    return { kind: 'failure', reading, error };
  }
};
