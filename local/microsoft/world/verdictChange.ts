import type { Classification, Determination, Incident } from './incident';
import { isPair } from './verdictPairs';

export interface Verdict {
  classification?: Classification;
  determination?: Determination;
}

/** What a write makes of an incident's verdict; undefined where the two do not go together. A classification alone takes the determination
 *  away that does not fit it. Whether the services refuse the same is not documented: this is the strict reading of their table. */
export function verdictChange(
  { classification: before, determination: beforeToo }: Incident,
  { classification, determination }: Verdict,
): Verdict | undefined {
  if (determination !== undefined) {
    if (!isPair(classification ?? before, determination)) return undefined;
    return { ...(classification === undefined ? {} : { classification }), determination };
  }
  if (classification === undefined) return {};
  return isPair(classification, beforeToo) ? { classification } : { classification, determination: 'unknown' };
}
