import { z } from 'zod';
import { ContractError } from '../errors';
import type { Json, JsonObject, ObservedIncident } from '../model/incident';
import type { BackEnd } from '../model/tenant';
import type { Time7 } from '../model/time7';
import { mustBeTime7, toTime7 } from '../model/time7';
import { asList } from './asList';
import { isAddressable } from './incidentPath';
import { withoutPaths } from './withoutPaths';

/** A text, or null for anything odd: one strange field must not cost the incident. */
const text = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);
/** A time nobody can read is dropped, the rest stays: `2025-07-03T12:16:01+053088Z` was seen. */
const time = text.transform((value) => (toTime7(value) === undefined ? null : value));
/** Some recordings carry ids as numbers. */
const idText = z.union([z.string().refine(isAddressable), z.number().int().nonnegative().transform(String)]);

/** Pages spell "none" in words, too; followed like an id, it would lead to an incident nobody has. */
const noneInWords = /^(?:none|null)$/i;

const shape = z.looseObject({
  id: idText,
  lastUpdateDateTime: z.string(),
  displayName: text,
  status: text,
  severity: text,
  classification: text,
  determination: text,
  assignedTo: text,
  createdDateTime: time,
  redirectIncidentId: idText
    .nullish()
    .catch(null)
    .transform((value) => (value === undefined || value === null || noneInWords.test(value) ? null : value)),
  incidentWebUrl: text,
});

export interface Reception {
  readonly backend: BackEnd;
  /** `contract.never` of the tenant. */
  readonly never: readonly string[];
  /** Whether its alerts came with it. */
  readonly complete: boolean;
  readonly asOf: Time7;
}

/**
 * An incident in Graph's shape, without what the tenant's contract withholds.
 * @throws ContractError where id or last update cannot be read: without them nothing can be stored under a stable key
 */
export const observed = (whole: JsonObject, { backend, never, complete, asOf }: Reception): ObservedIncident => {
  const allowed = withLists(withoutPaths(whole, never));
  const parsed = shape.safeParse(allowed);
  if (!parsed.success)
    throw new ContractError(`an incident's ${parsed.error.issues[0]?.path.join('.') ?? 'shape'} cannot be read`);
  const { id, ...fields } = parsed.data;
  return {
    backend,
    header: {
      incidentId: id,
      displayName: fields.displayName,
      status: fields.status,
      severity: fields.severity,
      classification: fields.classification,
      determination: fields.determination,
      assignedTo: fields.assignedTo,
      createdDateTime: fields.createdDateTime,
      lastUpdateDateTime: fields.lastUpdateDateTime,
      redirectIncidentId: fields.redirectIncidentId,
      incidentWebUrl: fields.incidentWebUrl,
      alertsCount: allowed.alerts.length,
    },
    version: mustBeTime7(fields.lastUpdateDateTime, "an incident's lastUpdateDateTime"),
    body: allowed,
    complete,
    asOf,
  };
};

/** Alerts are a list always; comments and tags, and each alert's evidence, where they are there at all. */
const withLists = (body: JsonObject): JsonObject & { readonly alerts: readonly Json[] } => ({
  ...listed(listed(body, 'comments'), 'customTags'),
  alerts: asList(body.alerts).map((alert) => (isObject(alert) ? listed(alert, 'evidence') : alert)),
});

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listed = (object: JsonObject, name: string): JsonObject => {
  const value = object[name];
  return value === undefined || value === null || Array.isArray(value) ? object : { ...object, [name]: [value] };
};
