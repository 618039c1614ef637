import type { BackEnd, Tenant } from '../../shared/model/tenant';
import { openStorage } from '../../shared/store/openStorage';
import { tenantRegistry } from '../../shared/store/tenants';
import type { StagedTenant } from './stage';
import { sideBySide } from './sideBySide';

/** A tenant as `PUT /api/tenants/{tenantId}` with a name alone leaves it. */
export const registered = ({ tenantId, displayName }: StagedTenant, backend: BackEnd = 'graph'): Tenant => ({
  tenantId,
  name: displayName,
  cloud: 'public',
  backend,
  groups: [],
  sealed: false,
  intervalSeconds: undefined,
  enabled: true,
  writeBack: false,
  attributes: {},
  contract: { never: [] },
});

/** Puts the tenants into the registry of a storage account, past the API: only their reading is measured. */
export const registerAll = async (connectionString: string, tenants: readonly StagedTenant[]): Promise<void> => {
  const storage = openStorage({ kind: 'connectionString', connectionString });
  await storage.prepare();
  const registry = tenantRegistry(storage.tenants);
  await sideBySide(tenants, (tenant) => registry.put(registered(tenant)));
};
