import type { Tenant } from '../../model/tenant';
import type { TenantRegistry } from '../../store/tenants';
import { maxShards } from './planShards';

export interface PlanTenantsDeps {
  readonly registry: Pick<TenantRegistry, 'pages'>;
  readonly tenantsPerActivity: number;
}

/** How many shards the tenants make that count; 0: there are none. */
export const planTenants = async (
  { registry, tenantsPerActivity }: PlanTenantsDeps,
  counts: (tenant: Tenant) => boolean,
): Promise<{ readonly shardCount: number }> => {
  let tenants = 0;
  for await (const page of registry.pages('000', undefined)) tenants += page.filter(counts).length;
  return { shardCount: Math.min(maxShards, Math.ceil(tenants / tenantsPerActivity)) };
};
