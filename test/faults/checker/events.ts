import type { Row } from '../../../shared/ports';
import type { ShownVersion } from '../day/history';

/**
 * Judges the outbox from design section 7: every version in which something people watch changed makes one event for each target, in the
 * same transaction, of the first type that fits, under an id that never changes; nothing else makes one.
 */
export interface EventCheck {
  /** One transaction of a tenant: the versions it stored, and the events it wrote. */
  judge(tenantId: string, stored: readonly ShownVersion[], written: readonly Row[]): void;
  /** What was told of this tenant is told again, under the same ids. */
  forget(tenantId: string): void;
  readonly events: number;
  readonly faults: number;
}

export interface EventCheckOptions {
  readonly targets: readonly { readonly connectionId: string; readonly since: string }[];
  /** True where what readers see is not told by the world alone; one of its versions may make two events. */
  readonly isUnclear: (tenantId: string, incidentId: string) => boolean;
  readonly breach: (what: string) => void;
}

export const createEventCheck = ({ targets, isUnclear, breach }: EventCheckOptions): EventCheck => {
  const before = new Map<string, ShownVersion>();
  const ids = new Map<string, string>();
  const owners = new Map<string, string>();
  let events = 0;
  let faults = 0;
  const fault = (what: string): void => {
    faults += 1;
    breach(what);
  };

  const judgeId = (row: Row): void => {
    events += 1;
    const about = [row.partitionKey, row.incidentId, row.connectionId, row.version].map(String).join(' ');
    const id = String(row.eventId);
    const known = ids.get(about);
    const isUnsure = isUnclear(row.partitionKey, String(row.incidentId));
    if (known !== undefined && known !== id && !isUnsure) fault(`event ${about} has a new id`);
    const owner = owners.get(id);
    if (owner !== undefined && owner !== about) fault(`event id ${id} stands for ${owner} and ${about}`);
    ids.set(about, id);
    owners.set(id, about);
  };

  return {
    forget: (tenantId) => {
      for (const key of [...before.keys()]) if (key.startsWith(tenantId)) before.delete(key);
    },
    get events() {
      return events;
    },
    get faults() {
      return faults;
    },
    judge: (tenantId, stored, written) => {
      for (const row of written) judgeId(row);
      for (const shown of stored) {
        const key = `${tenantId} ${shown.incidentId}`;
        const was = before.get(key);
        before.set(key, shown);
        for (const { connectionId, since } of targets) {
          const own = written.filter((row) => row.incidentId === shown.incidentId && row.connectionId === connectionId);
          const isNews = shown.version >= since && shown.watched !== was?.watched;
          if (isUnclear(tenantId, shown.incidentId)) continue;
          const types = own.map(({ type }) => String(type));
          const expected = isNews ? [typeOf(was, shown)] : [];
          if (types.join() !== expected.join())
            fault(
              `${key} ${shown.version}: events [${types.join()}] for ${connectionId}, expected [${expected.join()}]`,
            );
        }
      }
    },
  };
};

const typeOf = (was: ShownVersion | undefined, is: ShownVersion): string => {
  if (is.status === 'redirected' && was?.status !== 'redirected') return 'merged';
  if (was === undefined) return 'created';
  if (was.status === 'resolved' && is.status !== 'resolved') return 'reopened';
  if (is.status === 'resolved' && was.status !== 'resolved') return 'resolved';
  return 'updated';
};
