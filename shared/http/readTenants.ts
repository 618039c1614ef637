import { readingAccess } from '../access/overallAccess';
import type { Tenant } from '../model/tenant';
import { readAccesses } from '../store/access';
import { readQuarantine } from '../store/quarantine';
import { readState } from '../store/tenantState';
import { partnershipEndsOf } from '../partner/partnershipEnd';
import type { HttpServices } from './services';
import type { TenantFacts } from './tenantHealth';

const tenantsSideBySide = 25;

type Reading = Pick<HttpServices, 'storage' | 'clock' | 'config' | 'credentialEnds'>;

/** What is known of a tenant beside its registration. */
export const readTenant = async (reading: Reading, tenant: Tenant): Promise<TenantFacts> => {
  const { storage, clock, config, credentialEnds } = reading;
  const [{ state }, accesses, expiring] = await Promise.all([
    readState(tenant.tenantId, storage.incidents),
    readAccesses(tenant.tenantId, storage.incidents),
    credentialEnds.ofTenant(tenant),
  ]);
  const quarantined = state.quarantined === 0 ? [] : await readQuarantine(tenant.tenantId, storage.incidents);
  const defaultIntervalSeconds = config.sync.intervalSeconds;
  return {
    tenant,
    state,
    access: readingAccess(tenant.backend, accesses),
    accesses,
    quarantined,
    expiring: [...expiring, ...partnershipEndsOf(tenant)],
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
