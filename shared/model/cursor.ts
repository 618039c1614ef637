import type { Time7 } from './time7';

/** A range that was passed but not read whole. Both edges belong to it. */
export interface Gap {
  readonly from: Time7;
  readonly to: Time7;
  readonly reason: string;
  readonly attempts: number;
  /** Not tried before this instant, ISO 8601 UTC. */
  readonly nextTry: string;
}

/** Where a pass that was cut off goes on, without overlap. */
export interface Resume {
  readonly at: Time7;
  /** Server time of the first answer of that pass: it becomes `readThrough` when the pass is complete. */
  readonly startedAt: Time7;
}

/** The saved position of one tenant's reading; every time in it is a server's. */
export interface Cursor {
  /** Newest server time at or before which everything is read or lies in a gap. */
  readonly head: Time7 | undefined;
  /** Server time at the start of the last complete pass: coverage is stated from it. */
  readonly readThrough: Time7 | undefined;
  readonly resume: Resume | undefined;
  readonly gaps: readonly Gap[];
}

export const emptyCursor: Cursor = { head: undefined, readThrough: undefined, resume: undefined, gaps: [] };
