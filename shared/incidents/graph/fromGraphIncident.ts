import { ContractError } from '../../errors';
import type { Json, JsonObject, ObservedIncident } from '../../model/incident';
import type { Time7 } from '../../model/time7';
import { observed } from '../observed';
import { withoutContext } from '../withoutContext';

export interface Reception {
  /** `contract.never` of the tenant. */
  readonly never: readonly string[];
  /** Whether alerts were asked for with the incident. */
  readonly expanded: boolean;
  readonly asOf: Time7;
}

/**
 * One incident as Graph shows it; values and fields nobody knows pass through.
 * @throws ContractError where id or last update cannot be read
 */
export const fromGraphIncident = (raw: Json, { never, expanded, asOf }: Reception): ObservedIncident => {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new ContractError('an incident is no object');
  const incident = withoutContext(raw as JsonObject);
  // A page within the page says that not all alerts came along.
  const complete = expanded && incident['alerts@odata.nextLink'] === undefined;
  return observed(incident, { backend: 'graph', never, complete, asOf });
};
