import type { Span } from './coverage';
import type { QuarantineEntry } from './quarantine';
import type { Time7 } from './time7';

export type CoverageAnswer = 'yes' | 'no' | 'unknown';

/**
 * `planned`: not read yet, or not whole (see the gaps) · `read` · `settled`: the overlap showed it again, so what shows late is in too ·
 * `reconciled`: a deep read covered it.
 */
export type WindowState = 'planned' | 'read' | 'settled' | 'reconciled';

export interface ShownWindow extends Span {
  readonly state: WindowState;
  /** Why it was read late, or is not read; null where it was read in time. */
  readonly heldUpBy: string | null;
  readonly passes: number;
  readonly calls: number;
  readonly listed: number;
  readonly new: number;
  readonly changed: number;
  readonly reconciledAt: Time7 | null;
  readonly foundLate: number;
}

/** A range that was not read in its turn: `open` is missing now, `planned` waits for its turn, `repaired` was read after all. */
export interface ShownGap extends Span {
  readonly state: 'open' | 'planned' | 'repaired';
  readonly reason: string;
  readonly attempts: number | null;
  /** ISO 8601 UTC; null where the next run reads it. */
  readonly nextTry: string | null;
  readonly repairedAt: Time7 | null;
  /** What was found when it was read; null where that was not counted apart. */
  readonly counts: { readonly listed: number; readonly new: number; readonly changed: number } | null;
}

export interface BlockedPeriod {
  readonly from: Time7;
  /** Null: it lasts. */
  readonly to: Time7 | null;
  readonly reason: string;
  readonly cure: string | null;
  readonly link: string | null;
}

export interface CoverageReport {
  /** To "is everything stored that was shown and still stands, of all that was last updated in this range?" */
  readonly answer: CoverageAnswer;
  /** One plain sentence each: what stands against a yes and what happens next; under a yes, what it does not say. */
  readonly because: readonly string[];
  /** Oldest first. */
  readonly windows: readonly ShownWindow[];
  readonly gaps: readonly ShownGap[];
  readonly blockedPeriods: readonly BlockedPeriod[];
  readonly quarantined: readonly QuarantineEntry[];
  readonly foundLate: number;
  /** Of the runs that read these windows; `stored` is of now. */
  readonly incidents: {
    readonly listed: number;
    readonly new: number;
    readonly changed: number;
    readonly stored: number;
  };
  readonly deliveries: null;
}
