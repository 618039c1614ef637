import type { ObservedIncident } from '../../model/incident';
import type { Digests, KnownIncident } from '../../store/incidents';
import { digestsOf, isOtherRecipe } from './digest';

/** `redigested`: only our recipe changed; `stale`: a newer version is stored already. */
export type Difference = 'new' | 'changed' | 'redigested' | 'unchanged' | 'stale';

export interface Judged {
  readonly incident: ObservedIncident;
  readonly digests: Digests;
  readonly difference: Difference;
  readonly known: KnownIncident | undefined;
}

/** What is to be done with one incident as shown, given what is stored of it. Newer versions stay; equal content is not written. */
export const judge = (incident: ObservedIncident, known: KnownIncident | undefined): Judged => {
  const digests = digestsOf(incident);
  return { incident, digests, known, difference: differenceOf(incident, digests, known) };
};

const differenceOf = (incident: ObservedIncident, digests: Digests, known: KnownIncident | undefined): Difference => {
  if (known === undefined) return 'new';
  if (incident.version < known.version) return 'stale';
  // Without its alerts it says no more than what is stored of the same version.
  if (!incident.complete && incident.version === known.version) return 'unchanged';
  // One that was missed is there after all: its row is written anew, without a word.
  if (digests.bodyDigest === known.bodyDigest) return known.misses > 0 ? 'redigested' : 'unchanged';
  if (incident.version === known.version && isOtherRecipe(known, incident.backend)) return 'redigested';
  return 'changed';
};

export const isWritten = (difference: Difference): boolean =>
  difference === 'new' || difference === 'changed' || difference === 'redigested';
