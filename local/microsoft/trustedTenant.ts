import type { CloudState } from './state';
import type { Tenant } from './world/incident';

/** The tenant a call in process is made for. @throws RangeError for one that is not of this world: a defect of the caller. */
export function trustedTenant(state: CloudState, tenantId: string): Tenant {
  const tenant = state.world.findTenant(tenantId);
  if (tenant === undefined) throw new RangeError(`no tenant ${tenantId} in this world`);
  return tenant;
}
