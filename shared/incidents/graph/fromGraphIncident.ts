import { z } from 'zod';
import { ContractError } from '../../errors';
import type { Json, JsonObject, ObservedIncident } from '../../model/incident';
import type { Time7 } from '../../model/time7';
import { mustBeTime7 } from '../../model/time7';
import { withoutPaths } from '../withoutPaths';

/** A text, or null for anything odd: one strange field must not cost the incident. */
const text = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);
/** Some recordings carry ids as numbers. */
const idText = z.union([z.string().min(1), z.number().int().nonnegative().transform(String)]);

const shape = z.looseObject({
  id: idText,
  lastUpdateDateTime: z.string(),
  displayName: text,
  status: text,
  severity: text,
  classification: text,
  determination: text,
  assignedTo: text,
  createdDateTime: text,
  redirectIncidentId: idText
    .nullish()
    .catch(null)
    .transform((value) => value ?? null),
  incidentWebUrl: text,
});

export interface Reception {
  /** `contract.never` of the tenant. */
  readonly never: readonly string[];
  /** Whether alerts were asked for with the incident. */
  readonly expanded: boolean;
  readonly asOf: Time7;
}

/** Missing, empty and single-object lists all occur. */
const asList = (value: Json | undefined): readonly Json[] => {
  if (Array.isArray(value)) return value as readonly Json[];
  return value === undefined || value === null ? [] : [value];
};

/** @throws ContractError where id or last update cannot be read: without them nothing can be stored under a stable key */
export const fromGraphIncident = (raw: Json, { never, expanded, asOf }: Reception): ObservedIncident => {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new ContractError('an incident is no object');
  const allowed = withoutPaths(raw as JsonObject, never);
  const alerts = asList(allowed.alerts);
  const parsed = shape.safeParse(allowed);
  if (!parsed.success)
    throw new ContractError(`an incident's ${parsed.error.issues[0]?.path.join('.') ?? 'shape'} cannot be read`);
  const { id, ...fields } = parsed.data;
  return {
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
      alertsCount: alerts.length,
    },
    version: mustBeTime7(fields.lastUpdateDateTime, `incident ${id}: lastUpdateDateTime`),
    body: { ...allowed, alerts },
    complete: expanded,
    asOf,
  };
};
