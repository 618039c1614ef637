import type { ObservedIncident } from '../model/incident';
import type { IncidentWriter } from '../ports';

/** Merges of merges are rare, and none was seen deeper than two. */
const mostHops = 5;

/**
 * The incident as it is now, or, where it was merged, the one it went into; undefined where there is none, or the pointers lead nowhere (a
 * circle, or further than can be true).
 */
export const followToLive = async (
  writer: Pick<IncidentWriter, 'get'>,
  incidentId: string,
): Promise<ObservedIncident | undefined> => (await pathToLive(writer, incidentId)).at(-1);

/** Those it was merged through, itself first, and the live one last; empty where `followToLive` finds none. */
export const pathToLive = async (
  writer: Pick<IncidentWriter, 'get'>,
  incidentId: string,
): Promise<readonly ObservedIncident[]> => {
  const path = new Map<string, ObservedIncident>();
  for (let at = incidentId; path.size <= mostHops && !path.has(at);) {
    const live = await writer.get(at);
    if (live === undefined) return [];
    path.set(at, live);
    if (live.header.redirectIncidentId === null) return isMergedAway(live) ? [] : [...path.values()];
    at = live.header.redirectIncidentId;
  }
  return [];
};

/** Merged, and nobody says into which. */
const isMergedAway = ({ header: { status } }: ObservedIncident): boolean => status?.toLowerCase() === 'redirected';
