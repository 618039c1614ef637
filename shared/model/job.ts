import type { Gap } from './cursor';
import type { RunCounts } from './run';
import type { Time7 } from './time7';

/** `nightly` reads the last days and every open incident; the others, which someone asked for, read one range. */
export type JobKind = 'nightly' | 'reconcile' | 'backfill';

/** What stood fast when the job began: of all that lies before it, nothing may come as news. */
export interface Baseline {
  /** `readThrough` less the overlap; undefined: nothing did. */
  readonly settledThrough: Time7 | undefined;
  /** Ranges that were known to be unread. */
  readonly gaps: readonly { readonly from: Time7; readonly to: Time7 }[];
}

/** A deep read of one tenant in many steps, row `j_<runId>`; between two steps this is all there is of it. */
export interface ReadingJob {
  readonly tenantId: string;
  readonly runId: string;
  readonly kind: JobKind;
  readonly from: Time7;
  /** Inclusive. */
  readonly to: Time7;
  /** Which time of an incident the range means. */
  readonly by: 'updated' | 'created';
  /** Which of the job's stages it is in, from 0. */
  readonly stage: number;
  /** Ranges of this stage that are still to be read, oldest first. */
  readonly left: readonly Gap[];
  /** Ranges of the first stage that were given up. */
  readonly unread: readonly Gap[];
  /** Undefined before the first step. */
  readonly baseline: Baseline | undefined;
  /** Server time of the first answer. */
  readonly readAt: Time7 | undefined;
  /** Ids of the open incidents that were listed. */
  readonly listedOpen: readonly string[];
  readonly foundLate: number;
  readonly counts: RunCounts;
  /** ISO 8601 UTC, our clock, like the next. */
  readonly startedAt: string;
  /** When it last came nearer to its end. */
  readonly progressAt: string;
}
