import { dropPending } from '../../delivery/dropPending';
import type { Tenant } from '../../model/tenant';
import type { LeftApplication } from '../../onboarding/leftApplications';
import { leftApplications } from '../../onboarding/leftApplications';
import { consentLinks } from '../../store/consentLinks';
import type { Erased } from '../../store/eraseTenant';
import { eraseTenant } from '../../store/eraseTenant';
import { forgetDeliveries } from '../../store/forgetDeliveries';
import { readState } from '../../store/tenantState';
import type { ConnectionReceipt } from '../connections/removeConnection';
import { removeConnectionsOf } from '../connections/removeConnection';
import type { HttpServices } from '../services';
import type { CredentialReceipt } from './tenantCredential';
import { forgetCredential } from './tenantCredential';

/** What became of a tenant's data, and what is left to do on its side. */
export interface RemovalReceipt {
  readonly tenantId: string;
  readonly name: string;
  readonly erased: Erased;
  /** Incidents that stay and are found again when the tenant is put again. */
  readonly kept: { readonly incidents: number };
  /** The application of its own; null where it had none. */
  readonly credential: CredentialReceipt | null;
  /** Its own connections, with their secrets; those of all tenants stay, and carry nothing of it any more. */
  readonly connections: readonly ConnectionReceipt[];
  /** Events that waited to be told, and are dropped. */
  readonly pendingEvents: number;
  /** That lead nowhere any more. */
  readonly consentLinks: number;
  /** Enterprise applications that an administrator of the tenant should delete: only that takes its consent back. */
  readonly customerDeletes: readonly LeftApplication[];
  /** ISO 8601 UTC. */
  readonly at: string;
}

const nothingErased: Erased = { incidents: 0, rows: 0, blobs: 0 };

type Removal = Pick<
  HttpServices,
  'registry' | 'storage' | 'clock' | 'tenantVault' | 'tokens' | 'config' | 'connections' | 'connectionSecrets'
>;

/**
 * Stops a tenant for good, forgets its tokens and its secret, withdraws its consent links, drops what waits to be told, and removes its own
 * connections. Its rows in the due index are dropped when they are met; its data stays unless `erase` is set. The registration goes last: a
 * removal that broke off can be asked for again, and its receipt then counts what was left to do.
 */
export const removeTenant = async (services: Removal, tenant: Tenant, erase: boolean): Promise<RemovalReceipt> => {
  const { registry, storage, clock, tokens } = services;
  const { tenantId, name } = tenant;
  await registry.put({ ...tenant, enabled: false });
  const dropped = await consentLinks(storage.index).dropOf(tenantId);
  // Asked while there are tokens: they know the applications' names.
  const customerDeletes = await leftApplications(services, tenant);
  const credential = await forgetCredential(services, tenant);
  tokens.forgetTenant(tenantId);
  const pendingEvents = await dropPending({ incidents: storage.incidents, clock }, tenantId, 'The tenant was removed.');
  const connections = await removeConnectionsOf(services, tenantId);
  const receipt = (erased: Erased, incidents: number): RemovalReceipt => ({
    tenantId,
    name,
    erased,
    kept: { incidents },
    credential,
    connections,
    pendingEvents,
    consentLinks: dropped,
    customerDeletes,
    at: new Date(clock.now()).toISOString(),
  });
  if (!erase) {
    await forgetDeliveries(storage.index, tenantId);
    const { state } = await readState(tenantId, storage.incidents);
    await registry.delete(tenantId);
    return receipt(nothingErased, state.stored);
  }
  const erased = await eraseTenant(storage, tenantId);
  await registry.delete(tenantId);
  return receipt(erased, 0);
};
