import type { Config } from '../../config';
import type { Tenant } from '../../model/tenant';
import type { ListedTenants } from '../../store/listedTenants';
import { tenantsAsMet } from '../../store/listedTenants';
import type { TenantRegistry } from '../../store/tenants';
import type { Caller } from './caller';
import { canConfigure, canRead } from './visibility';

export interface TenantSelection {
  /** In lower case; what names no tenant selects nothing, whether it is unknown, malformed or hidden. */
  readonly tenantId: string | undefined;
  /** Tenants that carry this group, in lower case. */
  readonly group: string | undefined;
}

export interface VisibilityServices {
  readonly registry: Pick<TenantRegistry, 'get' | 'pages'>;
  readonly config: Pick<Config, 'ungroupedTenants'>;
}

/**
 * Whether the caller may read so many of the tenants that a list can ask for each one as it meets it. Not where the request selects
 * tenants, nor where only those count that carry a group: then most would be asked for in vain. Nor where the token left its groups
 * out: whether that matters depends on all tenants, and must not change from page to page.
 */
export const mayReadMost = (
  { config }: Pick<VisibilityServices, 'config'>,
  caller: Caller,
  { tenantId, group }: TenantSelection,
): boolean =>
  tenantId === undefined &&
  group === undefined &&
  caller.groups !== 'overage' &&
  (canConfigure(caller) || config.ungroupedTenants === 'all');

export interface TenantsAsMet {
  readonly listed: ListedTenants;
  /** Those met so far that the caller may read, by id. */
  readonly readable: ReadonlyMap<string, Tenant>;
}

/**
 * The tenants `caller` may read among those that one request's list meets: a point read each, the first time. Never kept longer than
 * the request: a group taken away must count at once.
 */
export const readableAsMet = (
  { registry, config }: VisibilityServices,
  caller: Caller,
  maxLookups: number,
): TenantsAsMet => {
  const readable = new Map<string, Tenant>();
  const isReadable = async (tenantId: string): Promise<boolean> => {
    const tenant = await tenantNamed(registry, tenantId);
    if (tenant === undefined || !canRead(caller, tenant, config.ungroupedTenants)) return false;
    readable.set(tenantId, tenant);
    return true;
  };
  return { listed: tenantsAsMet(isReadable, maxLookups), readable };
};

/**
 * The tenants whose incidents `caller` may read, by id: the registry from end to end unless one tenant is named. Read afresh each time.
 * @throws GroupsOverageError
 */
export const readableTenants = async (
  { registry, config }: VisibilityServices,
  caller: Caller,
  { tenantId, group }: TenantSelection,
): Promise<ReadonlyMap<string, Tenant>> => {
  const readable = new Map<string, Tenant>();
  const consider = (tenant: Tenant | undefined): void => {
    if (tenant === undefined || (group !== undefined && !tenant.groups.includes(group))) return;
    if (canRead(caller, tenant, config.ungroupedTenants)) readable.set(tenant.tenantId, tenant);
  };
  if (tenantId !== undefined) consider(await tenantNamed(registry, tenantId));
  else for await (const page of registry.pages('000', undefined)) page.forEach(consider);
  return readable;
};

/** Other texts name no tenant, and storage might refuse the question. */
const tenantNamed = async (registry: Pick<TenantRegistry, 'get'>, tenantId: string): Promise<Tenant | undefined> =>
  guid.test(tenantId) ? registry.get(tenantId) : undefined;

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
