import type { Customer } from './demoCloud';
import type { RelayApi, TenantView } from './relayApi';

/** Side by side; the API answers a registration in milliseconds. */
const sideBySide = 16;

/**
 * Registers the customers and makes every enabled tenant due at once, those added by hand in an earlier run, too.
 * A registration that is there is put back as it is; those with a ticket tool let the relay write to Defender. Answers each tenant as it was before its first reading of this start.
 */
export async function registerCustomers(
  api: RelayApi,
  { customers, withTools }: { readonly customers: readonly Customer[]; readonly withTools: readonly Customer[] },
  onProgress: (registered: number) => void,
): Promise<TenantView[]> {
  const writing = new Set(withTools.map(({ tenantId }) => tenantId));
  const present = new Map((await api.tenants()).map((tenant) => [tenant.tenantId, tenant]));
  const waiting: { tenantId: string; body: object }[] = [
    ...[...present.values()]
      .filter(({ enabled }) => enabled)
      .map((tenant) => ({ tenantId: tenant.tenantId, body: registrationOf(tenant, writing) })),
    ...customers
      .filter(({ tenantId }) => !present.has(tenantId))
      .map(({ tenantId, displayName }) => ({
        tenantId,
        body: { name: displayName, writeBack: writing.has(tenantId) },
      })),
  ];
  const registered: TenantView[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      registered.push(await api.putTenant(next.tenantId, next.body));
      onProgress(registered.length);
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, work));
  return registered;
}

/** What of a tenant's view is its registration. */
function registrationOf(tenant: TenantView, writing: ReadonlySet<string>): object {
  const { tenantId, name, cloud, backend, groups, sealed, intervalSeconds, enabled, attributes, contract } = tenant;
  const writeBack = tenant.writeBack || writing.has(tenantId);
  return { name, cloud, backend, groups, sealed, intervalSeconds, enabled, writeBack, attributes, contract };
}
