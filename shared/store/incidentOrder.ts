import type { Time7 } from '../model/time7';
import { feedRowKey } from './keys';

export type IncidentSort = 'updated' | 'severity';

/** A place in a list over any number of tenants: the list goes on after it. */
export interface ListPosition {
  /** Of the severity; 0 where the list is not sorted by it. */
  readonly rank: number;
  /** A key of the feed: newest update first, then tenant and incident, the same order in every partition. */
  readonly after: string;
}

/** Most urgent first; what has no place here comes last, newest first like the others. */
export const rankedSeverities: readonly string[] = ['high', 'medium', 'low', 'informational'];

/** By Graph's own spelling, as the table compares it. */
const rankOf = (severity: string | null): number => {
  const rank = rankedSeverities.indexOf(severity ?? '');
  return rank === -1 ? rankedSeverities.length : rank;
};

export interface Placed {
  readonly tenantId: string;
  readonly incidentId: string;
  readonly version: Time7;
  readonly severity: string | null;
}

export const positionOf = (incident: Placed, sort: IncidentSort): ListPosition => ({
  rank: sort === 'severity' ? rankOf(incident.severity) : 0,
  after: feedRowKey(incident.version, incident.tenantId, incident.incidentId),
});

export const comparePositions = (a: ListPosition, b: ListPosition): number => {
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.after === b.after) return 0;
  return a.after < b.after ? -1 : 1;
};
