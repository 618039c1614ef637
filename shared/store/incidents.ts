import type { IncidentHeader, JsonObject, StoredIncident } from '../model/incident';
import type { Time7 } from '../model/time7';
import { mustBeTime7 } from '../model/time7';
import type { Blobs, Row, StoredRow, Table } from '../ports';
import { unpackBody } from './body';
import { count, flag, present, shown, text } from './columns';
import { incidentIdOfRowKey, incidentRowKey, incidentRows } from './keys';

/** What a pass must know of a stored incident to decide whether, and over what, to write. */
export interface KnownIncident {
  readonly etag: string;
  readonly version: Time7;
  readonly bodyDigest: string;
  readonly watchedDigest: string;
  readonly status: string | null;
  /** The blob that holds its body, where it is too large for the row. */
  readonly bodyBlob: string | null;
  /** False where its alerts could not be had. */
  readonly complete: boolean;
  /** Deep reads in a row that did not find it any more. */
  readonly misses: number;
  /** Whom a run told of it as it is stored: its watched digest, by connection. */
  readonly announced: Announced;
}

export type Announced = Readonly<Record<string, string>>;

export interface Digests {
  readonly bodyDigest: string;
  readonly watchedDigest: string;
}

const headerColumns = [
  'displayName',
  'status',
  'severity',
  'classification',
  'determination',
  'assignedTo',
  'createdDateTime',
  'lastUpdateDateTime',
  'redirectIncidentId',
  'incidentWebUrl',
] as const;

const listColumns = [...headerColumns, 'alertsCount', 'version', 'complete', 'asOf', 'misses', 'vanishedAt'] as const;
const knownColumns = [
  'version',
  'bodyDigest',
  'watchedDigest',
  'status',
  'bodyBlob',
  'complete',
  'misses',
  'announced',
] as const;

/** One tenant's incident rows: a store is made for one tenant and cannot name another's partition. */
export interface IncidentStore {
  /** What is stored of these; missing ones are absent. */
  known(incidentIds: readonly string[]): Promise<ReadonlyMap<string, KnownIncident>>;
  header(incidentId: string): Promise<StoredIncident | undefined>;
  whole(incidentId: string): Promise<{ readonly incident: StoredIncident; readonly body: JsonObject } | undefined>;
  /** True where no incident row exists. */
  isEmpty(): Promise<boolean>;
  /** Headers in order of id, largest first, a page at a time. */
  headers(conditions: HeaderConditions): AsyncIterable<readonly StoredIncident[]>;
}

export interface HeaderConditions {
  readonly status?: string;
  readonly severity?: string;
  readonly assignedTo?: string;
  /** Inclusive. */
  readonly updatedSince?: Time7;
}

export const incidentStore = (tenantId: string, table: Table, blobs: Blobs): IncidentStore => ({
  known: (incidentIds) => knownIncidents(tenantId, table, incidentIds),
  header: async (incidentId) => {
    const found = await table.get(tenantId, incidentRowKey(incidentId), listColumns);
    return found && toStoredIncident(found.row);
  },
  whole: async (incidentId) => {
    const found = await table.get(tenantId, incidentRowKey(incidentId));
    return found && { incident: toStoredIncident(found.row), body: await unpackBody(found.row, blobs) };
  },
  isEmpty: async () => {
    for await (const page of table.pages({ partition: tenantId, ...incidentRows, select: ['version'], pageSize: 1 }))
      if (page.length > 0) return false;
    return true;
  },
  headers: (conditions) => headerPages(tenantId, table, conditions),
});

async function* headerPages(
  tenantId: string,
  table: Table,
  { status, severity, assignedTo, updatedSince }: HeaderConditions,
): AsyncIterable<readonly StoredIncident[]> {
  const equal = Object.entries({ status, severity, assignedTo }).flatMap(([column, value]) =>
    value === undefined ? [] : [{ column, op: 'eq' as const, value }],
  );
  const since = updatedSince === undefined ? [] : [{ column: 'version', op: 'ge' as const, value: updatedSince }];
  const query = { partition: tenantId, ...incidentRows, where: [...equal, ...since], select: listColumns };
  for await (const page of table.pages(query)) yield page.map(({ row }) => toStoredIncident(row));
}

/** Point reads side by side unless the ids lie so close together that one range query reads little more than them. */
const knownIncidents = async (
  tenantId: string,
  table: Table,
  incidentIds: readonly string[],
): Promise<ReadonlyMap<string, KnownIncident>> => {
  const keys = incidentIds.map(incidentRowKey).sort();
  const first = keys[0];
  const last = keys.at(-1);
  if (first === undefined || last === undefined) return new Map();
  const rows = isDense(keys.length, first, last)
    ? await rangeOf(tenantId, table, first, last)
    : await Promise.all(keys.map((key) => table.get(tenantId, key, knownColumns)));
  return new Map(
    rows.flatMap((found): [string, KnownIncident][] =>
      found === undefined ? [] : [[incidentIdOfRowKey(found.row.rowKey), toKnown(found)]],
    ),
  );
};

const isDense = (rows: number, first: string, last: string): boolean => {
  const span = Number(last.slice(2)) - Number(first.slice(2));
  return rows > 2 && Number.isFinite(span) && span < Math.max(50, rows * 6);
};

const rangeOf = async (tenantId: string, table: Table, first: string, last: string): Promise<StoredRow[]> => {
  const rows: StoredRow[] = [];
  const query = { partition: tenantId, rowFrom: first, rowBefore: `${last}!`, select: knownColumns };
  for await (const page of table.pages(query)) rows.push(...page);
  return rows;
};

const toKnown = ({ row, etag }: StoredRow): KnownIncident => ({
  etag,
  version: mustBeTime7(row.version, 'version'),
  bodyDigest: text(row, 'bodyDigest') ?? '',
  watchedDigest: text(row, 'watchedDigest') ?? '',
  status: text(row, 'status'),
  bodyBlob: text(row, 'bodyBlob'),
  complete: flag(row, 'complete'),
  misses: count(row, 'misses'),
  announced: announcedFrom(text(row, 'announced')),
});

/** Garbled: as if nobody had been told, which costs a message more and never one less. */
const announcedFrom = (json: string | null): Announced => {
  if (json === null) return {};
  try {
    return JSON.parse(json) as Announced;
  } catch {
    return {};
  }
};

/** The columns of an incident row, without its body. */
export const toIncidentRow = (incident: StoredIncident, digests: Digests, announced: Announced = {}): Row => ({
  partitionKey: incident.tenantId,
  rowKey: incidentRowKey(incident.header.incidentId),
  ...present(Object.fromEntries(headerColumns.map((column) => [column, shown(incident.header[column])]))),
  alertsCount: incident.header.alertsCount,
  version: incident.version,
  complete: incident.complete,
  asOf: incident.asOf,
  ...digests,
  ...(Object.keys(announced).length === 0 ? {} : { announced: JSON.stringify(announced) }),
});

const toStoredIncident = (row: Row): StoredIncident => {
  const version = mustBeTime7(row.version, 'version');
  const header: IncidentHeader = {
    incidentId: incidentIdOfRowKey(row.rowKey),
    displayName: text(row, 'displayName'),
    status: text(row, 'status'),
    severity: text(row, 'severity'),
    classification: text(row, 'classification'),
    determination: text(row, 'determination'),
    assignedTo: text(row, 'assignedTo'),
    createdDateTime: text(row, 'createdDateTime'),
    lastUpdateDateTime: text(row, 'lastUpdateDateTime') ?? version,
    redirectIncidentId: text(row, 'redirectIncidentId'),
    incidentWebUrl: text(row, 'incidentWebUrl'),
    alertsCount: count(row, 'alertsCount'),
  };
  return {
    tenantId: row.partitionKey,
    header,
    version,
    complete: flag(row, 'complete'),
    asOf: mustBeTime7(row.asOf, 'asOf'),
    ...(row.misses === undefined ? {} : { misses: count(row, 'misses') }),
    ...(row.vanishedAt === undefined ? {} : { vanishedAt: mustBeTime7(row.vanishedAt, 'vanishedAt') }),
  };
};
