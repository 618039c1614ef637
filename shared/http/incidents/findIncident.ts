import type { JsonObject, StoredIncident } from '../../model/incident';
import type { Tenant } from '../../model/tenant';
import { incidentStore } from '../../store/incidents';
import { incidentRowKey } from '../../store/keys';
import type { Target } from '../method';
import { readableTenant } from '../input/pathTenant';

export interface FoundIncident {
  readonly tenant: Tenant;
  readonly incident: StoredIncident;
  readonly body: JsonObject;
}

/** Longer keys are no keys: storage would refuse the question instead of finding nothing. */
const maxKeyChars = 512;

/** The incident of the path and the entry of its journal that is named there. Throws like `findIncident`. */
export const findEntryIncident = async (
  target: Target,
): Promise<(FoundIncident & { readonly entryId: string }) | undefined> => {
  const found = await findIncident(target);
  const { entryId = '' } = target.params;
  return found && { ...found, entryId };
};

/** The incident of the path, for callers who may read its tenant. @throws GroupsOverageError · ContractError (its body is gone or garbled) */
export const findIncident = async (target: Target): Promise<FoundIncident | undefined> => {
  const tenant = await readableTenant(target);
  const { incidentId = '' } = target.params;
  if (tenant === undefined || incidentRowKey(incidentId).length > maxKeyChars) return undefined;
  const { incidents, bodies } = target.services.storage;
  const whole = await incidentStore(tenant.tenantId, incidents, bodies).whole(incidentId);
  return whole && { tenant, ...whole };
};
