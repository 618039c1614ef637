import { readingAccess } from '../../access/overallAccess';
import { endsOfConnections } from '../../health/connectionEnds';
import type { Expiring } from '../../model/expiring';
import type { Tenant } from '../../model/tenant';
import { readAccesses } from '../../store/access';
import { readQuarantine } from '../../store/quarantine';
import { readState } from '../../store/tenantState';
import { partnershipEndsOf } from '../../partner/partnershipEnd';
import type { HttpServices } from '../services';
import type { TenantFacts } from './tenantHealth';

const tenantsSideBySide = 25;

type Reading = Pick<HttpServices, 'storage' | 'clock' | 'config' | 'credentialEnds'>;

/**
 * What is known of a tenant beside its registration.
 * @param connectionEnds of the secrets of its connections, where they were looked for already
 */
export const readTenant = async (
  reading: Reading,
  tenant: Tenant,
  connectionEnds?: readonly Expiring[],
): Promise<TenantFacts> => {
  const { storage, clock, config, credentialEnds } = reading;
  const [{ state }, accesses, expiring, ofConnections] = await Promise.all([
    readState(tenant.tenantId, storage.incidents),
    readAccesses(tenant.tenantId, storage.incidents),
    credentialEnds.ofTenant(tenant),
    connectionEnds ?? endsOfScope(reading, tenant.tenantId),
  ]);
  const quarantined = state.quarantined === 0 ? [] : await readQuarantine(tenant.tenantId, storage.incidents);
  const defaultIntervalSeconds = config.sync.intervalSeconds;
  return {
    tenant,
    state,
    access: readingAccess(tenant.backend, accesses),
    accesses,
    quarantined,
    expiring: [...expiring, ...partnershipEndsOf(tenant), ...ofConnections],
    nowMs: clock.now(),
    defaultIntervalSeconds,
  };
};

/** Of the secrets of a tenant's connections or of those for all tenants, what ends soon or on a day nobody told. */
export const endsOfScope = async (
  { storage, clock }: Pick<Reading, 'storage' | 'clock'>,
  scope: string,
): Promise<readonly Expiring[]> => {
  const ends = await endsOfConnections(storage.connections, clock.now(), [scope]);
  return ends.get(scope) ?? [];
};

/** In the order given. */
export const readTenants = async (reading: Reading, tenants: readonly Tenant[]): Promise<readonly TenantFacts[]> => {
  const facts: TenantFacts[] = [];
  const ids = tenants.map(({ tenantId }) => tenantId);
  const ends = await endsOfConnections(reading.storage.connections, reading.clock.now(), ids);
  for (let start = 0; start < tenants.length; start += tenantsSideBySide) {
    const some = tenants.slice(start, start + tenantsSideBySide);
    facts.push(
      ...(await Promise.all(some.map((tenant) => readTenant(reading, tenant, ends.get(tenant.tenantId) ?? [])))),
    );
  }
  return facts;
};
