import type { StoredIncident } from '../model/incident';
import type { Feed } from './feed';
import { matchesFilter } from './incidentFilter';
import type { ListedIncidents, ListQuery } from './incidentList';
import { firstOf, listAcrossTenants, placeOf } from './incidentList';
import type { ListPosition } from './incidentOrder';
import { comparePositions } from './incidentOrder';
import type { HeaderConditions, IncidentStore } from './incidents';
import { knownTenants } from './listedTenants';

export interface TenantReader {
  readonly tenantId: string;
  readonly store: Pick<IncidentStore, 'header' | 'headers'>;
  readonly feed: Pick<Feed, 'pages'>;
}

/** What the service gives at once: a partition that ends before it costs one operation, less than any way around it. */
const smallTenant = 1_000;
/** Hints looked at for a larger one: about what reading two more of its pages takes. */
const hintsTried = 2_000;

/**
 * One tenant's incidents, in order: always a whole answer, or the end.
 *
 * Its own partition is ordered by id, so the newest updates are known only once all its headers are read: one operation for most
 * tenants. The feed has the order, shared with a sixteenth of all tenants: there a quiet tenant's rows lie far apart. So a partition
 * of more than one page is left for the feed, where a tenant that large soon fills an answer; where it does not, its own headers are
 * read to the end. No more than a few answers' worth is kept.
 */
export const listOfTenant = async (reader: TenantReader, query: ListQuery): Promise<ListedIncidents> => {
  const { filter, sort, limit, from } = query;
  let kept: readonly Candidate[] = [];
  let isLarge = false;
  for await (const page of reader.store.headers(conditionsOf(query))) {
    if (!isLarge && page.length >= smallTenant) {
      isLarge = true;
      const listed = await fromFeed(reader, query);
      if (listed !== undefined) return listed;
    }
    const candidates = page
      .filter((incident) => matchesFilter(filter, { ...incident, ...incident.header }))
      .map((incident) => ({ incident, place: placeOf(incident, sort) }))
      .filter(({ place }) => from === undefined || comparePositions(place, from) > 0);
    if (candidates.length === 0) continue;
    kept = [...kept, ...candidates].sort((a, b) => comparePositions(a.place, b.place)).slice(0, limit + 1);
  }
  const found = kept.map(({ incident }) => incident);
  return found.length > limit ? firstOf(found, query) : { incidents: found, next: undefined };
};

interface Candidate {
  readonly incident: StoredIncident;
  readonly place: ListPosition;
}

/** Undefined where it takes more than it is worth. */
const fromFeed = async (
  { tenantId, store, feed }: TenantReader,
  query: ListQuery,
): Promise<ListedIncidents | undefined> => {
  const reader = { feed, header: (_tenantId: string, incidentId: string) => store.header(incidentId) };
  const listed = await listAcrossTenants(reader, knownTenants([tenantId]), query, hintsTried);
  return listed.next === undefined || listed.incidents.length === query.limit ? listed : undefined;
};

const conditionsOf = ({ filter: { status, severity, updatedSince } }: ListQuery): HeaderConditions => {
  const [onlyStatus, otherStatus] = typeof status === 'string' ? [] : status;
  const [onlySeverity, otherSeverity] = severity ?? [];
  return {
    ...(onlyStatus === undefined || otherStatus !== undefined ? {} : { status: onlyStatus }),
    ...(onlySeverity === undefined || otherSeverity !== undefined ? {} : { severity: onlySeverity }),
    ...(updatedSince === undefined ? {} : { updatedSince }),
  };
};
