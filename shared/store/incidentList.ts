import type { StoredIncident } from '../model/incident';
import type { RowQuery } from '../ports';
import type { Feed, FeedHint } from './feed';
import { mergedHints } from './feedMerge';
import type { IncidentFilter } from './incidentFilter';
import { matchesFilter, tableConditions } from './incidentFilter';
import type { IncidentSort, ListPosition } from './incidentOrder';
import { positionOf, rankedSeverities } from './incidentOrder';
import type { ListedTenants } from './listedTenants';

export interface ListQuery {
  readonly filter: IncidentFilter;
  readonly sort: IncidentSort;
  readonly limit: number;
  /** Exclusive; undefined: from the start. */
  readonly from: ListPosition | undefined;
}

export interface ListedIncidents {
  /** At most `limit`; may be fewer, even none, where there is more. */
  readonly incidents: readonly StoredIncident[];
  /** Undefined at the end. */
  readonly next: ListPosition | undefined;
}

export interface FeedReader {
  readonly feed: Pick<Feed, 'pages'>;
  /** The incident row a hint points at. */
  readonly header: (tenantId: string, incidentId: string) => Promise<StoredIncident | undefined>;
}

/** Hints looked at for one answer: what is found by then is answered, and the rest is another request. */
const maxHints = 5_000;
const readsSideBySide = 32;

/**
 * The incidents of `tenants` out of the feed. A hint counts only while the incident row has its version: after an update an older
 * one may linger, and one may stand there whose batch never came.
 */
export const listAcrossTenants = async (
  reader: FeedReader,
  tenants: ListedTenants,
  query: ListQuery,
  allowance = maxHints,
): Promise<ListedIncidents> => {
  const scan: Scan = { found: [], place: query.from, allowance };
  for (const section of sectionsOf(query)) {
    await readSection(reader, tenants, query, section, scan);
    if (scan.found.length > query.limit) return firstOf(scan.found, query);
    if (scan.allowance === 0 || tenants.isSpent()) return { incidents: scan.found, next: scan.place };
  }
  return { incidents: scan.found, next: undefined };
};

/** The first `limit` of more than that many. */
export const firstOf = (
  found: readonly StoredIncident[],
  { sort, limit }: Pick<ListQuery, 'sort' | 'limit'>,
): ListedIncidents => {
  const incidents = found.slice(0, limit);
  const last = incidents.at(-1);
  return { incidents, next: last && placeOf(last, sort) };
};

export const placeOf = (incident: StoredIncident, sort: IncidentSort): ListPosition =>
  positionOf({ tenantId: incident.tenantId, version: incident.version, ...columnsOf(incident) }, sort);

const columnsOf = ({ header: { incidentId, severity } }: StoredIncident) => ({ incidentId, severity });

interface Scan {
  readonly found: StoredIncident[];
  /** Of the last hint looked at. */
  place: ListPosition | undefined;
  allowance: number;
}

/** A part of the list that the feed gives in its own order. */
interface Section {
  readonly rank: number;
  readonly where: NonNullable<RowQuery['where']>;
}

/** By severity the feed is walked once a severity; the last walk takes what has none of the known ones. */
const sectionsOf = ({ filter, sort, from }: ListQuery): readonly Section[] => {
  const where = tableConditions(filter);
  if (sort === 'updated') return [{ rank: 0, where }];
  const ranked = rankedSeverities.map((value, rank) => ({
    rank,
    where: [...where, { column: 'severity', op: 'eq' as const, value }],
  }));
  const rest = { rank: rankedSeverities.length, where };
  return [...ranked, rest].filter(({ rank }) => rank >= (from?.rank ?? 0));
};

const readSection = async (
  reader: FeedReader,
  tenants: ListedTenants,
  query: ListQuery,
  { rank, where }: Section,
  scan: Scan,
): Promise<void> => {
  const { nibbles } = tenants;
  const after = query.from?.rank === rank ? query.from.after : undefined;
  const hints = mergedHints(reader.feed, { nibbles, after, where, expected: query.limit + 1 - scan.found.length });
  const isWanted = (hint: FeedHint): boolean =>
    tenants.known(hint.tenantId) !== false && matchesFilter(query.filter, hint);
  while (scan.found.length <= query.limit && !tenants.isSpent()) {
    const wanted = Math.min(readsSideBySide, query.limit + 1 - scan.found.length);
    const candidates: FeedHint[] = [];
    for (; candidates.length < wanted && scan.allowance > 0; scan.allowance -= 1) {
      const { value: hint } = await hints.next();
      if (hint === undefined) break;
      const place = positionOf(hint, query.sort);
      if (place.rank === rank && isWanted(hint)) candidates.push(hint);
      scan.place = { rank, after: place.after };
    }
    const rows = await Promise.all(
      candidates.map(async (hint) =>
        (await tenants.decide(hint.tenantId)) ? currentRow(reader, hint, query.filter) : undefined,
      ),
    );
    scan.found.push(...rows.filter((row) => row !== undefined));
    if (candidates.length < wanted) return;
  }
};

/** Looked at again: columns may have been re-read under the same version. */
const currentRow = async (
  reader: FeedReader,
  hint: FeedHint,
  filter: IncidentFilter,
): Promise<StoredIncident | undefined> => {
  const row = await reader.header(hint.tenantId, hint.incidentId);
  if (row?.version !== hint.version) return undefined;
  return matchesFilter(filter, { ...row, ...row.header }) ? row : undefined;
};
