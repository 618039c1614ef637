import type { Tenant } from '../model/tenant';
import { readAccess } from '../store/access';
import { readQuarantine } from '../store/quarantine';
import { readState } from '../store/tenantState';
import type { HttpServices } from './services';
import type { TenantFacts } from './tenantHealth';

const tenantsSideBySide = 25;

type Reading = Pick<HttpServices, 'storage' | 'clock' | 'config'>;

/** What is known of a tenant beside its registration. */
export const readTenant = async ({ storage, clock, config }: Reading, tenant: Tenant): Promise<TenantFacts> => {
  const [{ state }, reader, defender] = await Promise.all([
    readState(tenant.tenantId, storage.incidents),
    readAccess(tenant.tenantId, storage.incidents),
    tenant.backend === 'defender' ? readAccess(tenant.tenantId, storage.incidents, 'defender') : undefined,
  ]);
  const quarantined = state.quarantined === 0 ? [] : await readQuarantine(tenant.tenantId, storage.incidents);
  const defaultIntervalSeconds = config.sync.intervalSeconds;
  return {
    tenant,
    state,
    access: defender ?? reader,
    readerAccess: reader,
    quarantined,
    nowMs: clock.now(),
    defaultIntervalSeconds,
  };
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
