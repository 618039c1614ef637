import type { Tenant } from '../../shared/model/tenant';

/** A tenant with nothing special about it. */
export const plainTenant = (tenantId: string, change: Partial<Tenant> = {}): Tenant => ({
  tenantId,
  name: `Name of ${tenantId.slice(0, 8)}`,
  cloud: 'public',
  backend: 'graph',
  groups: [],
  sealed: false,
  intervalSeconds: undefined,
  enabled: true,
  writeBack: false,
  attributes: {},
  contract: { never: [] },
  ...change,
});

/** The nth of as many tenant ids as wanted; their hashes spread. */
export const tenantIdOf = (at: number): string => `${at.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
