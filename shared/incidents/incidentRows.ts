import { ContractError } from '../errors';
import type { Json, JsonObject, ObservedIncident } from '../model/incident';
import type { BrokenRow } from '../ports';
import { isTooDeep, maxDepth } from './isTooDeep';

/** How one back end's rows are taken in. */
export interface RowReading {
  /** The other side's name, for messages. */
  readonly api: string;
  readonly tenantId: string;
  /** Where a row has its id. */
  readonly idField: string;
  readonly toIncident: (row: Json) => ObservedIncident;
}

export interface ReadRows {
  readonly incidents: readonly ObservedIncident[];
  readonly broken: readonly BrokenRow[];
}

/**
 * The rows of a page in its order. One that cannot be taken in, whatever is thrown about it, is told apart and costs the others nothing.
 * @throws ContractError where a row says it is another tenant's: then none of the page is believed
 */
export const readRows = (rows: readonly unknown[], reading: RowReading): ReadRows => {
  for (const row of rows) assertOwn(row, reading);
  const incidents: ObservedIncident[] = [];
  const broken: BrokenRow[] = [];
  for (const row of rows) {
    try {
      incidents.push(readRow(row, reading));
    } catch (error) {
      broken.push({ incidentId: idOf(row, reading.idField), reason: reasonOf(error) });
    }
  }
  return { incidents, broken };
};

/**
 * One incident asked for by its id.
 * @throws ContractError where it cannot be taken in, is another tenant's, or is another than the one asked for
 */
export const readOne = (row: unknown, incidentId: string, reading: RowReading): ObservedIncident => {
  assertOwn(row, reading);
  const incident = readOrRefuse(row, incidentId, reading);
  if (incident.header.incidentId === incidentId) return incident;
  throw new ContractError(`${reading.api} answered with another incident than the one asked for`, { incidentId });
};

const readOrRefuse = (row: unknown, incidentId: string, reading: RowReading): ObservedIncident => {
  try {
    return readRow(row, reading);
  } catch (error) {
    throw new ContractError(reasonOf(error), { incidentId, cause: error });
  }
};

const readRow = (row: unknown, { toIncident }: RowReading): ObservedIncident => {
  if (isTooDeep(row)) throw new ContractError(`an incident is nested deeper than ${maxDepth}`);
  return toIncident(row as Json);
};

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const assertOwn = (row: unknown, { api, tenantId }: RowReading): void => {
  const named = isObject(row) && typeof row.tenantId === 'string' ? row.tenantId.trim().toLowerCase() : '';
  if (named !== '' && named !== tenantId.toLowerCase())
    throw new ContractError(`${api} answered with an incident of another tenant`, { tenantId });
};

const idOf = (row: unknown, field: string): string | undefined => {
  const id = isObject(row) ? row[field] : undefined;
  if (typeof id === 'number' && Number.isSafeInteger(id)) return String(id);
  return typeof id === 'string' && id !== '' ? id : undefined;
};

/** Our own words only: what a parser throws may quote the row. */
const reasonOf = (error: unknown): string =>
  error instanceof ContractError
    ? error.message
    : `an incident cannot be taken in (${error instanceof Error ? error.name : 'unknown error'})`;
