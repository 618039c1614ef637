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
): Promise<ObservedIncident | undefined> => {
  const seen = new Set<string>();
  for (let at = incidentId; seen.size <= mostHops && !seen.has(at);) {
    seen.add(at);
    const live: ObservedIncident | undefined = await writer.get(at);
    if (live === undefined) return undefined;
    if (live.header.redirectIncidentId === null) return isMergedAway(live) ? undefined : live;
    at = live.header.redirectIncidentId;
  }
  return undefined;
};

/** Merged, and nobody says into which. */
const isMergedAway = ({ header: { status } }: ObservedIncident): boolean => status?.toLowerCase() === 'redirected';
