import type { Baseline } from '../model/job';
import type { Cursor } from '../model/cursor';
import type { Time7 } from '../model/time7';
import { minusMinutes } from '../model/time7';
import type { Judged } from '../sync/comparing/diff';

/** What the tenant's cursor claims at this moment. */
export const baselineOf = ({ readThrough, gaps }: Cursor, overlapMinutes: number): Baseline => ({
  settledThrough: readThrough === undefined ? undefined : minusMinutes(readThrough, overlapMinutes),
  gaps: gaps.map(({ from, to }) => ({ from, to })),
});

/**
 * True where the version should have been stored, by what the cursor claimed when the job began, and is not: neither it nor a newer one.
 * What lies in a gap or is in quarantine was not claimed.
 */
export const isFoundLate = (
  { incident: { header, version }, known, difference }: Judged,
  { settledThrough, gaps }: Baseline,
  quarantined: readonly string[],
): boolean => {
  if (difference !== 'new' && difference !== 'changed') return false;
  if (known !== undefined && known.version >= version) return false;
  if (settledThrough === undefined || version > settledThrough) return false;
  return !gaps.some((gap) => isInside(version, gap)) && !quarantined.includes(header.incidentId);
};

const isInside = (time: Time7, { from, to }: Baseline['gaps'][number]): boolean => from <= time && time <= to;
