import type { BackEnd, CloudName, Tenant, TenantCredential } from '../model/tenant';
import type { Row, StoredRow, Table } from '../ports';
import { ConflictError } from '../errors';
import { flag, present, text } from './columns';
import { tenantPartition } from './keys';

/** The registered tenants, spread over 4,096 partitions by the hash of their id. */
export interface TenantRegistry {
  get(tenantId: string): Promise<Tenant | undefined>;
  /** True where it made a new row. */
  put(tenant: Tenant): Promise<boolean>;
  /** False where there was none. */
  delete(tenantId: string): Promise<boolean>;
  /** Tenants of the partitions `from` (inclusive) to `before` (exclusive; undefined: to the end), in partition order, a page at a time. */
  pages(from: string, before: string | undefined): AsyncIterable<readonly Tenant[]>;
}

export const tenantRegistry = (table: Table): TenantRegistry => ({
  get: async (tenantId) => {
    const found = await table.get(tenantPartition(tenantId), tenantId);
    return found && toTenant(found);
  },
  put: async (tenant) => {
    const row = toRow(tenant);
    try {
      await table.write({ kind: 'insert', row });
      return true;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      await table.write({ kind: 'upsert', row });
      return false;
    }
  },
  delete: async (tenantId) => {
    const partitionKey = tenantPartition(tenantId);
    const there = (await table.get(partitionKey, tenantId, ['name'])) !== undefined;
    if (there) await table.write({ kind: 'delete', partitionKey, rowKey: tenantId });
    return there;
  },
  pages: (from, before) => pagesOf(table, from, before),
});

async function* pagesOf(table: Table, from: string, before: string | undefined): AsyncIterable<readonly Tenant[]> {
  const upTo = before === undefined ? {} : { partitionBefore: before };
  for await (const page of table.pages({ partitionFrom: from, ...upTo })) yield page.map(toTenant);
}

const toRow = (tenant: Tenant): Row => ({
  partitionKey: tenantPartition(tenant.tenantId),
  rowKey: tenant.tenantId,
  ...present({
    name: tenant.name,
    cloud: tenant.cloud,
    backend: tenant.backend,
    groups: JSON.stringify(tenant.groups),
    sealed: tenant.sealed,
    intervalSeconds: tenant.intervalSeconds,
    enabled: tenant.enabled,
    attributes: JSON.stringify(tenant.attributes),
    contract: JSON.stringify(tenant.contract),
    credential: tenant.credential && JSON.stringify(credentialOf(tenant.credential)),
  }),
});

/** Field by field: whatever else an object may carry, a secret never comes into this row. */
const credentialOf = ({ kind, clientId }: TenantCredential): TenantCredential => ({ kind, clientId });

const toTenant = ({ row }: StoredRow): Tenant => {
  const interval = row.intervalSeconds;
  const credential = text(row, 'credential');
  return {
    tenantId: row.rowKey,
    name: text(row, 'name') ?? row.rowKey,
    cloud: (text(row, 'cloud') ?? 'public') as CloudName,
    backend: (text(row, 'backend') ?? 'graph') as BackEnd,
    groups: JSON.parse(text(row, 'groups') ?? '[]') as string[],
    sealed: flag(row, 'sealed'),
    intervalSeconds: typeof interval === 'number' ? interval : undefined,
    enabled: flag(row, 'enabled'),
    attributes: JSON.parse(text(row, 'attributes') ?? '{}') as Record<string, string>,
    contract: JSON.parse(text(row, 'contract') ?? '{"never":[]}') as { never: string[] },
    ...(credential === null ? {} : { credential: JSON.parse(credential) as TenantCredential }),
  };
};
