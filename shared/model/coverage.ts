import type { Time7 } from './time7';

/** A stretch of Defender's time: `from` belongs to it, `to` does not. */
export interface Span {
  readonly from: Time7;
  readonly to: Time7;
}

/** A stretch over which reading stood still, and what was found when it was read after all, at its `to`. */
export interface HeldUp extends Span {
  /** `the app did not run`, `blocked: consentMissing`, `runs failed: ERR_UPSTREAM` … */
  readonly reason: string;
  readonly listed: number;
  readonly new: number;
  readonly changed: number;
}

/** A range that was passed without being served whole, and was read later. Both edges belong to it. */
export interface Repair {
  readonly from: Time7;
  readonly to: Time7;
  readonly reason: string;
  readonly attempts: number;
  /** Server time at which it was read after all. */
  readonly repairedAt: Time7;
}

/** A stretch that a deep read covered, and when it last did, by the server's clock. */
export interface Reconciled extends Span {
  readonly at: Time7;
}

/**
 * A stretch of a tenant's time, by Defender's clock, that was read through: a row `w_<from>` of the ledger, or, the newest one, still
 * open in the state row. Counters are of the runs that read it, not of the incidents that lie in it.
 */
export interface CoverageWindow extends Span {
  readonly passes: number;
  readonly calls: number;
  readonly listed: number;
  readonly new: number;
  readonly changed: number;
  /** Oldest first, apart from each other. */
  readonly heldUp: readonly HeldUp[];
  /** The newest few ranges that were read late while this window grew; they may lie before it. */
  readonly repairs: readonly Repair[];
  /** Oldest first, apart from each other. */
  readonly reconciled: readonly Reconciled[];
  /** Versions that only a deep read found. */
  readonly foundLate: number;
}

/** Nothing yet, from `at` on. */
export const emptyWindow = (at: Time7): CoverageWindow => ({
  from: at,
  to: at,
  passes: 0,
  calls: 0,
  listed: 0,
  new: 0,
  changed: 0,
  heldUp: [],
  repairs: [],
  reconciled: [],
  foundLate: 0,
});
