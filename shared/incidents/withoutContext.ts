import type { JsonObject } from '../model/incident';

const context = '@odata.context';

/** An incident asked for alone without what its answer says about itself, so that it reads as in a list. */
export const withoutContext = (incident: JsonObject): JsonObject =>
  Object.hasOwn(incident, context)
    ? Object.fromEntries(Object.entries(incident).filter(([name]) => name !== context))
    : incident;
