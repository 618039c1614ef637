import type { ListedIncidents, ListQuery } from './incidentList';
import { firstOf, placeOf } from './incidentList';
import { comparePositions } from './incidentOrder';
import type { TenantReader } from './tenantIncidentList';
import { listOfTenant } from './tenantIncidentList';

/**
 * The incidents of a few tenants, each read from its own partition: always a whole answer, or the end, at an operation or so a tenant.
 * Among thousands of tenants the feed shows the rows of a few so rarely that its bound is reached before an answer is full.
 */
export const listOfFewTenants = async (
  readers: readonly TenantReader[],
  query: ListQuery,
): Promise<ListedIncidents> => {
  const lists = await Promise.all(readers.map((reader) => listOfTenant(reader, query)));
  const found = lists
    .flatMap(({ incidents }) => incidents)
    .map((incident) => ({ incident, place: placeOf(incident, query.sort) }))
    .sort((a, b) => comparePositions(a.place, b.place))
    .map(({ incident }) => incident);
  if (found.length > query.limit) return firstOf(found, query);
  // Only a list that filled the answer alone has more.
  return { incidents: found, next: lists.find(({ next }) => next !== undefined)?.next };
};
