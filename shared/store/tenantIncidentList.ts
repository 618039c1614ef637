import type { StoredIncident } from '../model/incident';
import { matchesFilter } from './incidentFilter';
import type { ListedIncidents, ListQuery } from './incidentList';
import { firstOf, placeOf } from './incidentList';
import type { ListPosition } from './incidentOrder';
import { comparePositions } from './incidentOrder';
import type { HeaderConditions, IncidentStore } from './incidents';

interface Candidate {
  readonly incident: StoredIncident;
  readonly place: ListPosition;
}

/** One tenant's incidents, from its own partition: every header is looked at, no more than a few answers' worth is kept. */
export const listOfTenant = async (
  store: Pick<IncidentStore, 'headers'>,
  query: ListQuery,
): Promise<ListedIncidents> => {
  const { filter, sort, limit, from } = query;
  let kept: readonly Candidate[] = [];
  for await (const page of store.headers(conditionsOf(query))) {
    const candidates = page
      .filter((incident) => matchesFilter(filter, { ...incident.header, version: incident.version }))
      .map((incident) => ({ incident, place: placeOf(incident, sort) }))
      .filter(({ place }) => from === undefined || comparePositions(place, from) > 0);
    if (candidates.length === 0) continue;
    kept = [...kept, ...candidates].sort((a, b) => comparePositions(a.place, b.place)).slice(0, limit + 1);
  }
  const found = kept.map(({ incident }) => incident);
  return found.length > limit ? firstOf(found, query) : { incidents: found, next: undefined };
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
