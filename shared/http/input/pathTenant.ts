import { z } from 'zod';
import type { Tenant } from '../../model/tenant';
import type { Target } from '../method';
import { canRead, canSee, groupsOverage, isUndecidable } from '../callers/visibility';

const tenantIdShape = z.guid().toLowerCase();

/** The tenant id of the path, in lower case; undefined where it is no GUID. */
export const pathTenantId = ({ params: { tenantId } }: Pick<Target, 'params'>): string | undefined =>
  tenantIdShape.safeParse(tenantId).data;

/** The tenant of the path, for callers who may see it: its settings, how it does, its runs. @throws GroupsOverageError */
export const tenantInSight = (target: Target): Promise<Tenant | undefined> =>
  pathTenant(target, (tenant) => canSee(target.caller, tenant, target.services.config.ungroupedTenants));

/** The tenant of the path, for callers who may read its incidents. @throws GroupsOverageError */
export const readableTenant = (target: Target): Promise<Tenant | undefined> =>
  pathTenant(target, (tenant) => canRead(target.caller, tenant, target.services.config.ungroupedTenants));

const pathTenant = async (target: Target, isAllowed: (tenant: Tenant) => boolean): Promise<Tenant | undefined> => {
  const tenantId = pathTenantId(target);
  const tenant = tenantId === undefined ? undefined : await target.services.registry.get(tenantId);
  if (tenant !== undefined) return isAllowed(tenant) ? tenant : undefined;
  // Otherwise the refusal below would say which tenants exist.
  if (isUndecidable(target.caller)) throw groupsOverage(target.caller);
  return undefined;
};
