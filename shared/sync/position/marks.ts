import type { Cursor } from '../../model/cursor';

export type CursorChange = (cursor: Cursor) => Cursor;

/**
 * The saved position moves last: each change of it waits until everything that was queued before it is written. Whatever is queued gets a
 * number; a change holds once no smaller number, nor its own, is outstanding.
 */
export interface Marks {
  /** Once everything up to the number `after` is written, `change` holds. */
  add(after: number, change: CursorChange): void;
  /** As it will be once all is written. */
  readonly expected: Cursor;
  /** As it may be saved while `firstOutstanding` and what follows are not written; `saved` says that it was. */
  durable(firstOutstanding: number): { readonly cursor: Cursor; readonly saved: () => void };
  /** Forgets what was not saved: what is written next says only what is durable. */
  giveUp(): void;
}

export const createMarks = (start: Cursor): Marks => {
  let saved = start;
  let expected = start;
  let waiting: readonly { readonly after: number; readonly change: CursorChange }[] = [];
  // In the order in which they were added, for the numbers grow with them.
  const ready = (firstOutstanding: number) => waiting.filter(({ after }) => after < firstOutstanding);
  return {
    add: (after, change) => {
      waiting = [...waiting, { after, change }];
      expected = change(expected);
    },
    get expected() {
      return expected;
    },
    durable: (firstOutstanding) => {
      const held = ready(firstOutstanding);
      const cursor = held.reduce((so, { change }) => change(so), saved);
      return {
        cursor,
        // Others may have been added while it was written.
        saved: () => {
          saved = cursor;
          waiting = waiting.filter((mark) => !held.includes(mark));
        },
      };
    },
    giveUp: () => {
      waiting = [];
      expected = saved;
    },
  };
};
