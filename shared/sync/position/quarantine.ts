import type { ObservedIncident } from '../../model/incident';
import type { Poisoned, QuarantineEntry } from '../../model/quarantine';

const firstWaitMs = 15 * 60_000;
const longestWaitMs = 24 * 60 * 60_000;

/** The incidents of one tenant that are read around, as this run sees them; what changes rides in the run's batches. */
export interface Quarantine {
  readonly size: number;
  /** True where nothing more can be had of it for now. */
  holds(incident: ObservedIncident): boolean;
  /** The entry to be written; undefined where it stands there already. */
  enter(poisoned: Poisoned, nowMs: number): QuarantineEntry | undefined;
  /** After a try in vain. */
  again(entry: QuarantineEntry, reason: string, nowMs: number): QuarantineEntry;
  /** True where there was an entry to take away. */
  leave(incidentId: string): boolean;
  incidentIds(): readonly string[];
  /** Whose time has come, longest waiting first. */
  due(nowMs: number): readonly QuarantineEntry[];
}

export const createQuarantine = (before: readonly QuarantineEntry[]): Quarantine => {
  const entries = new Map(before.map((entry) => [entry.incidentId, entry]));
  const keep = (entry: QuarantineEntry): QuarantineEntry => {
    entries.set(entry.incidentId, entry);
    return entry;
  };
  return {
    get size() {
      return entries.size;
    },
    holds: ({ header, version }) => {
      const entry = entries.get(header.incidentId);
      return entry?.stage === 'alerts' && entry.version === version;
    },
    enter: ({ incidentId, version, stage, reason }, nowMs) => {
      const known = entries.get(incidentId);
      if (known?.stage === stage && known.version === version) return undefined;
      const since = known?.since ?? new Date(nowMs).toISOString();
      return keep({ incidentId, version, stage, reason, attempts: 0, nextTry: tryAt(nowMs, 0), since });
    },
    again: (entry, reason, nowMs) => {
      const attempts = entry.attempts + 1;
      return keep({ ...entry, reason, attempts, nextTry: tryAt(nowMs, attempts) });
    },
    leave: (incidentId) => entries.delete(incidentId),
    incidentIds: () => [...entries.keys()],
    due: (nowMs) =>
      [...entries.values()]
        .filter(({ nextTry }) => Date.parse(nextTry) <= nowMs)
        .sort((a, b) => (a.nextTry < b.nextTry ? -1 : 1)),
  };
};

const tryAt = (nowMs: number, attempts: number): string =>
  new Date(nowMs + Math.min(firstWaitMs * 2 ** attempts, longestWaitMs)).toISOString();
