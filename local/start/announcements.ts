/** What the cloud said it did to its incidents, kept until the relay shows it. */
export interface Announcements {
  add(change: { tenantId: string; incidentId: string; version: string; what: string }): void;
  /** What led to `version` of the incident, oldest first; it is forgotten then. Empty where nothing was announced. */
  take(tenantId: string, incidentId: string, version: string): string[];
}

/** More than this is not waited for: the relay is stuck, and its lines would be of no use. */
const mostWaiting = 10_000;

export function createAnnouncements(): Announcements {
  const waiting = new Map<string, { version: string; what: string }[]>();
  return {
    add: ({ tenantId, incidentId, version, what }) => {
      const key = `${tenantId}/${incidentId}`;
      const oldest = waiting.keys().next();
      if (waiting.size >= mostWaiting && oldest.done !== true) waiting.delete(oldest.value);
      waiting.set(key, [...(waiting.get(key) ?? []), { version, what }]);
    },
    take: (tenantId, incidentId, version) => {
      const key = `${tenantId}/${incidentId}`;
      const all = waiting.get(key) ?? [];
      // Versions of one incident have the same form and grow, so their texts compare as their times do.
      const later = all.filter((change) => change.version > version);
      if (later.length === 0) waiting.delete(key);
      else waiting.set(key, later);
      return all.filter((change) => change.version <= version).map(({ what }) => what);
    },
  };
}
