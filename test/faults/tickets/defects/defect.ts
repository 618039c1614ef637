import type { Patch } from '../../defects/defect';
import type { TicketAim } from '../plan';

/** A mistake someone could make in sending or receiving, as a replaced text of the product, and worlds in which it must show. */
export interface TicketDefect {
  readonly name: string;
  readonly patches: readonly Patch[];
  readonly aim: TicketAim;
  /** Worlds known to show it, for the short run; found with `--tickets --defect NAME`. */
  readonly shortSeeds: readonly number[];
}
