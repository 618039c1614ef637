import { z } from 'zod';
import { ContractError } from '../errors';
import type { Json, ObservedIncident } from '../model/incident';
import type { Time7 } from '../model/time7';
import type { ChangedQuery, IncidentPage, IncomingAnswer } from '../ports';
import { contentOf } from './answerContent';
import type { RowReading } from './incidentRows';
import { readRows } from './incidentRows';

export interface PageReading extends Omit<RowReading, 'toIncident'> {
  readonly pageSize: number;
  readonly toIncident: (row: Json, asOf: Time7) => ObservedIncident;
}

const listShape = z.object({ value: z.array(z.unknown()), '@odata.nextLink': z.unknown().optional() });

/**
 * The page in an answer of 200 or 206. One broken row is told apart; a broken page is refused whole, because half a page must never
 * move the cursor.
 * @throws UpstreamError (cut, no JSON) · ContractError (no list, no `Date`, rows of another tenant)
 */
export const toIncidentPage = (
  answer: IncomingAnswer,
  { by = 'updated' }: ChangedQuery,
  { pageSize, toIncident, ...reading }: PageReading,
): IncidentPage => {
  const { content, serverTime, incomplete } = contentOf(answer, reading.api);
  const list = listShape.safeParse(content);
  if (!list.success) throw new ContractError(`${reading.api} answered something that is no list of incidents`);
  const { value, '@odata.nextLink': nextLink } = list.data;
  const rows = readRows(value, {
    ...reading,
    toIncident: (row) => {
      const incident = toIncident(row, serverTime);
      return by === 'created' ? withCreation(incident) : incident;
    },
  });
  return {
    ...rows,
    serverTime,
    // The link itself is never followed: it is `$skip` over a list that moves, and may lead anywhere.
    more: value.length >= pageSize || (nextLink !== undefined && nextLink !== null),
    ...(incomplete === undefined ? {} : { incomplete }),
  };
};

/** In a list by creation, a row without one has no place. */
const withCreation = (incident: ObservedIncident): ObservedIncident => {
  if (incident.header.createdDateTime === null) throw new ContractError("an incident's createdDateTime cannot be read");
  return incident;
};
