import { isOpen } from '../model/incident';
import type { Time7 } from '../model/time7';
import type { RowQuery } from '../ports';

/** What a list shows; every condition given must hold. */
export interface IncidentFilter {
  /** `open`: not resolved and not redirected, unknown ones included; else the statuses themselves, in Graph's spelling. */
  readonly status: 'open' | 'all' | readonly string[];
  /** In Graph's spelling. */
  readonly severity: readonly string[] | undefined;
  /** Compared without case. */
  readonly assignedTo: string | undefined;
  /** Inclusive. */
  readonly updatedSince: Time7 | undefined;
  /** Part of the display name, without case, or the whole id. */
  readonly q: string | undefined;
}

/** The columns a hint of the feed and an incident row share. */
export interface Filtered {
  readonly incidentId: string;
  readonly version: Time7;
  readonly displayName: string | null;
  readonly status: string | null;
  readonly severity: string | null;
  readonly assignedTo: string | null;
  /** Of a row that counts as gone; a hint of the feed does not know. */
  readonly vanishedAt?: Time7;
}

export const matchesFilter = (filter: IncidentFilter, incident: Filtered): boolean => {
  if (!hasStatus(filter.status, incident.status)) return false;
  // What it last said of itself holds no longer.
  if (incident.vanishedAt !== undefined && filter.status !== 'all') return false;
  if (filter.severity !== undefined && !filter.severity.includes(incident.severity ?? '')) return false;
  if (filter.assignedTo !== undefined && lower(incident.assignedTo) !== filter.assignedTo.toLowerCase()) return false;
  if (filter.updatedSince !== undefined && incident.version < filter.updatedSince) return false;
  return (
    filter.q === undefined ||
    incident.incidentId === filter.q ||
    lower(incident.displayName).includes(filter.q.toLowerCase())
  );
};

type Conditions = NonNullable<RowQuery['where']>;

/** The conditions a table can check itself; it returns no row that lacks the column, so "is not resolved" is not one of them. */
export const tableConditions = (filter: IncidentFilter): Conditions => [
  ...onlyOf('status', typeof filter.status === 'string' ? undefined : filter.status),
  ...onlyOf('severity', filter.severity),
  ...(filter.updatedSince === undefined ? [] : [{ column: 'version', op: 'ge' as const, value: filter.updatedSince }]),
];

const onlyOf = (column: string, values: readonly string[] | undefined): Conditions => {
  const [value, second] = values ?? [];
  return value === undefined || second !== undefined ? [] : [{ column, op: 'eq', value }];
};

const hasStatus = (wanted: IncidentFilter['status'], status: string | null): boolean => {
  if (wanted === 'all') return true;
  if (wanted === 'open') return isOpen(status);
  return wanted.includes(status ?? '');
};

const lower = (text: string | null): string => (text ?? '').toLowerCase();
