import { createHash } from 'node:crypto';
import type { ObservedIncident } from '../../model/incident';
import type { SeenIncident } from '../../model/tenantState';
import { digestRecipe } from '../comparing/digest';

/** What the overlap shows again at the next pass is rarely more. */
const kept = 50;
/** 96 bits. */
const markLength = 16;

/** Equal marks mean equal content as received, under the same recipe of digests. */
const markOf = ({ body }: ObservedIncident): string =>
  createHash('sha256')
    .update(`${digestRecipe} ${JSON.stringify(body)}`)
    .digest('base64url')
    .slice(0, markLength);

/**
 * The newest incidents that the last pass found stored, or stored. Shown again unchanged, as the overlap does all the time, they need
 * neither a look at their rows nor a canonical digest.
 */
export interface LastSeen {
  holds(incident: ObservedIncident): boolean;
  /** To be told of what is stored, or will be by the time `newest` is written down. */
  add(incident: ObservedIncident): void;
  /** One of which what is stored is not what was shown. */
  forget(incidentId: string): void;
  newest(): readonly SeenIncident[];
}

export const createLastSeen = (before: readonly SeenIncident[]): LastSeen => {
  const seen = new Map(before.map((entry) => [entry.incidentId, entry]));
  /** Each is asked about more than once, and a mark costs as much as all else that is done with an incident that is held. */
  const made = new WeakMap<ObservedIncident, string>();
  let oldest = '';
  const markFor = (incident: ObservedIncident): string => {
    const mark = made.get(incident) ?? markOf(incident);
    made.set(incident, mark);
    return mark;
  };
  return {
    holds: (incident) => {
      const entry = seen.get(incident.header.incidentId);
      return entry?.version === incident.version && entry.mark === markFor(incident);
    },
    add: (incident) => {
      const {
        version,
        header: { incidentId },
      } = incident;
      // What many are newer than will not be among the newest: it need not be looked at at all.
      if (version < oldest && !seen.has(incidentId)) return;
      seen.set(incidentId, { incidentId, version, mark: markFor(incident) });
      if (seen.size <= 2 * kept) return;
      const sorted = byAge(seen);
      for (const { incidentId: old } of sorted.slice(kept)) seen.delete(old);
      oldest = sorted[kept - 1]?.version ?? '';
    },
    forget: (incidentId) => void seen.delete(incidentId),
    newest: () => byAge(seen).slice(0, kept),
  };
};

const byAge = (seen: ReadonlyMap<string, SeenIncident>): SeenIncident[] =>
  [...seen.values()].sort((a, b) => (a.version > b.version ? -1 : 1));
