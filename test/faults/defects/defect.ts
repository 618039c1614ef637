import type { Aim } from '../day/planOf';

/** A mistake someone could make, as a replaced text of the product, and days in which it must show. */
export interface Defect {
  readonly name: string;
  readonly patches: readonly Patch[];
  readonly aim: Aim;
  /** Days known to show it, for the short run; found with `--defect NAME`. */
  readonly shortSeeds: readonly number[];
}

export interface Patch {
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs once, or the run is void. */
  readonly find: string;
  readonly replace: string;
}
