/** A place among the calls that one connection gets at once. */
export type CallSlot = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * `done`: nothing waits · `more`: some still waits, and it is its turn · `retry`: it is tried again later · `waiting`: its time has not come ·
 * `busy`: another attempt holds it · `held`: its connection is down, paused or switched off.
 */
export interface LaneResult {
  readonly outcome: 'done' | 'more' | 'retry' | 'waiting' | 'busy' | 'held';
  /** A hint in so many milliseconds saves the sweep a look. */
  readonly againInMs?: number;
  /** For so long no call may be made to its connection. */
  readonly pausedForMs?: number;
  /** This call brought its connection back. */
  readonly isUpAgain?: boolean;
}

/** Another attempt holds it. */
export const busy: LaneResult = { outcome: 'busy', againInMs: 5_000 };
