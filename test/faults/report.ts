import type { BlastRadius } from './blastRadius';
import type { DefectReport } from './catchDefects';
import type { EveryAwait } from './everyAwait';
import type { FreshDelay } from './freshDelay';
import type { Total } from './total';

/** A day that broke a promise. */
export interface FailedDay {
  readonly seed: number;
  readonly what: readonly string[];
}

/** Everything one call found; what `--json` prints. */
export interface Report {
  /** As the run began. */
  readonly commit: string;
  /** False where a source changed while it ran: then it measured nothing in particular. */
  readonly isOneCode: boolean;
  readonly node: string;
  readonly processors: number;
  readonly seconds: number;
  readonly seeds: readonly [first: number, last: number];
  readonly total: Total;
  readonly failedDays: number;
  /** The first few of them. */
  readonly failed: readonly FailedDay[];
  readonly everyAwait: EveryAwait | undefined;
  readonly blast: BlastRadius | undefined;
  readonly fresh: FreshDelay | undefined;
  readonly defects: readonly DefectReport[];
  readonly ok: boolean;
}
