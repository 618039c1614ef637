import type { Tenant } from '../model/tenant';
import { readAccess } from '../store/access';
import { readState } from '../store/tenantState';
import type { HttpServices } from './services';
import type { TenantFacts } from './tenantHealth';

const tenantsSideBySide = 25;

type Reading = Pick<HttpServices, 'storage' | 'clock' | 'config'>;

/** What is known of a tenant beside its registration. */
export const readTenant = async ({ storage, clock, config }: Reading, tenant: Tenant): Promise<TenantFacts> => {
  const [{ state }, access] = await Promise.all([
    readState(tenant.tenantId, storage.incidents),
    readAccess(tenant.tenantId, storage.incidents),
  ]);
  return { tenant, state, access, nowMs: clock.now(), defaultIntervalSeconds: config.sync.intervalSeconds };
};

/** In the order given. */
export const readTenants = async (reading: Reading, tenants: readonly Tenant[]): Promise<readonly TenantFacts[]> => {
  const facts: TenantFacts[] = [];
  for (let start = 0; start < tenants.length; start += tenantsSideBySide) {
    const some = tenants.slice(start, start + tenantsSideBySide);
    facts.push(...(await Promise.all(some.map((tenant) => readTenant(reading, tenant)))));
  }
  return facts;
};
