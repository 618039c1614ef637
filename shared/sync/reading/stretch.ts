import type { ObservedIncident } from '../../model/incident';
import type { Poisoned } from '../../model/quarantine';
import type { Time7 } from '../../model/time7';
import { mustBeTime7 } from '../../model/time7';
import type { TimeField } from '../../ports';

/** A range of a tenant's list that is to be read. Its edges move nearer where the rest is handed to another reader. */
export interface Slice {
  /** Inclusive; `beginning` for all there is. */
  from: Time7;
  /** Inclusive; undefined: open, to whatever is newest. */
  to: Time7 | undefined;
  readonly by: TimeField;
  readonly status?: string;
  /** How often it was tried in vain. */
  readonly attempts?: number;
}

/** A part of a slice that was not served whole. Both edges belong to it. */
export interface Doubt {
  readonly from: Time7;
  readonly to: Time7;
  readonly reason: string;
}

/** What one answer adds to a slice. */
export interface Stretch {
  /** None that this slice yielded before; oldest first where the source pages by keyset. */
  readonly incidents: readonly ObservedIncident[];
  readonly poisoned: readonly Poisoned[];
  /** Once these are stored, the slice is read up to here, this instant included; undefined where nothing new is certain. */
  readonly through: Time7 | undefined;
  readonly doubts: readonly Doubt[];
  readonly serverTime: Time7;
  /** True where the slice is read to its end. */
  readonly complete: boolean;
}

/** Where an incident stands in a list by that time. */
export const timeOf = ({ version, header }: ObservedIncident, by: TimeField): Time7 =>
  by === 'updated' ? version : mustBeTime7(header.createdDateTime, `incident ${header.incidentId}: createdDateTime`);
