import { formatTime7 } from '../../../local/microsoft/world/time7';
import type { Incident } from '../../../local/microsoft/world/incident';

/** One version of an incident as Defender showed it. */
export interface ShownVersion {
  readonly incidentId: string;
  /** Last update in 7 digits; two of them compare as text. */
  readonly version: string;
  readonly status: string | null;
  readonly displayName: string | null;
  readonly alertsCount: number;
  /** All that makes an event when it changes, as one text. */
  readonly watched: string;
  /** Virtual milliseconds since 1970 at which it could first be read. */
  readonly visibleAtMs: number;
  /** True where its last update is not before that moment, or nobody had read anything: no reader could have seen a later one first. */
  readonly onTime: boolean;
}

/** Everything the day's Defender made visible, by tenant. It is what the checker believes. */
export interface History {
  /** Notes the incident as it now is; the id as shown outside. */
  note(tenantId: string, incidentId: string, incident: Incident, nowMs: number, isFirst?: boolean): void;
  /** Hidden for a while, then visible again: whoever read meanwhile could not see it. */
  seenAgain(tenantId: string, incidentId: string, nowMs: number): void;
  gone(tenantId: string, incidentId: string): void;
  /** The newest version of each incident that still stands. */
  current(tenantId: string): ReadonlyMap<string, ShownVersion>;
  /** That version, if it was ever shown. */
  find(tenantId: string, incidentId: string, version: string): ShownVersion | undefined;
  readonly versions: number;
  readonly incidents: number;
}

export const createHistory = (): History => {
  const current = new Map<string, Map<string, ShownVersion>>();
  const all = new Map<string, ShownVersion>();
  let incidents = 0;
  const keyOf = (tenantId: string, incidentId: string, version: string): string =>
    `${tenantId}\n${incidentId}\n${version}`;
  const ofTenant = (tenantId: string): Map<string, ShownVersion> => {
    const known = current.get(tenantId) ?? new Map<string, ShownVersion>();
    current.set(tenantId, known);
    return known;
  };
  const keep = (tenantId: string, shown: ShownVersion): void => {
    const known = ofTenant(tenantId);
    if (!known.has(shown.incidentId)) incidents += 1;
    known.set(shown.incidentId, shown);
    all.set(keyOf(tenantId, shown.incidentId, shown.version), shown);
  };
  return {
    note: (tenantId, incidentId, incident, nowMs, isFirst = false) => {
      keep(tenantId, {
        incidentId,
        version: formatTime7(incident.lastUpdateTicks),
        status: incident.status,
        displayName: incident.displayName,
        alertsCount: incident.alerts.length,
        watched: watchedOf(incident),
        visibleAtMs: nowMs,
        onTime: isFirst || incident.lastUpdateTicks >= BigInt(nowMs) * 10_000n,
      });
    },
    seenAgain: (tenantId, incidentId, nowMs) => {
      const shown = ofTenant(tenantId).get(incidentId);
      if (shown !== undefined) keep(tenantId, { ...shown, visibleAtMs: nowMs, onTime: false });
    },
    gone: (tenantId, incidentId) => void ofTenant(tenantId).delete(incidentId),
    current: ofTenant,
    find: (tenantId, incidentId, version) => all.get(keyOf(tenantId, incidentId, version)),
    get versions() {
      return all.size;
    },
    get incidents() {
      return incidents;
    },
  };
};

const watchedOf = (incident: Incident): string =>
  JSON.stringify([
    incident.displayName,
    incident.status,
    incident.severity,
    incident.classification,
    incident.determination,
    incident.assignedTo ?? '',
    [...incident.customTags].sort(),
    incident.comments,
    incident.alerts.map(({ seed }) => seed).sort(),
    incident.redirectIncidentId ?? '',
  ]);
