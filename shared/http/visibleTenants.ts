import type { Tenant } from '../model/tenant';
import type { Caller } from './caller';
import type { HttpServices } from './services';
import { canRead } from './visibility';

export interface TenantSelection {
  /** In lower case; what names no tenant selects nothing, whether it is unknown, malformed or hidden. */
  readonly tenantId: string | undefined;
  /** Tenants that carry this group, in lower case. */
  readonly group: string | undefined;
}

/**
 * The tenants whose incidents `caller` may read, by id. Read afresh each time: a group taken away must count at once.
 * @throws GroupsOverageError
 */
export const readableTenants = async (
  { registry, config }: Pick<HttpServices, 'registry' | 'config'>,
  caller: Caller,
  { tenantId, group }: TenantSelection,
): Promise<ReadonlyMap<string, Tenant>> => {
  const readable = new Map<string, Tenant>();
  const consider = (tenant: Tenant | undefined): void => {
    if (tenant === undefined || (group !== undefined && !tenant.groups.includes(group))) return;
    if (canRead(caller, tenant, config.ungroupedTenants)) readable.set(tenant.tenantId, tenant);
  };
  if (tenantId !== undefined) consider(guid.test(tenantId) ? await registry.get(tenantId) : undefined);
  else for await (const page of registry.pages('000', undefined)) page.forEach(consider);
  return readable;
};

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
