import type { ObservedIncident } from '../model/incident';
import type { Time7 } from '../model/time7';

export interface Range {
  /** Inclusive; `beginning` for all there is. */
  readonly from: Time7;
  /** Inclusive; undefined: open, to whatever is newest. */
  readonly to: Time7 | undefined;
}

/** What one answer adds to a range. */
export interface Stretch {
  /** Oldest update first; none that this range yielded before. */
  readonly incidents: readonly ObservedIncident[];
  /** Once these are stored, the range is read up to here, this instant included; undefined where nothing new is certain. */
  readonly through: Time7 | undefined;
  /** A part that was not served whole. */
  readonly gap: { readonly from: Time7; readonly to: Time7; readonly reason: string } | undefined;
  readonly serverTime: Time7;
  /** True where the range is read to its end. A range that stops without it was cut: the allowance is used up. */
  readonly complete: boolean;
}
