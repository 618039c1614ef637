import type { BackEnd, CloudName, Partnership, Tenant, TenantCredential } from '../model/tenant';
import type { Row, StoredRow, Table } from '../ports';
import { ConflictError, NotFoundError } from '../errors';
import { flag, present, text } from './columns';
import { tenantPartition } from './keys';

/** The registered tenants, spread over 4,096 partitions by the hash of their id. */
export interface TenantRegistry {
  get(tenantId: string): Promise<Tenant | undefined>;
  /** True where it made a new row. */
  put(tenant: Tenant): Promise<boolean>;
  /** Only where there is none of its id; false where there is. */
  add(tenant: Tenant): Promise<boolean>;
  /** Nothing else of the row is touched. False where there is no such tenant. @throws ConflictError where others are always quicker */
  setPartnership(tenantId: string, partnership: Partnership): Promise<boolean>;
  /** False where there was none. */
  delete(tenantId: string): Promise<boolean>;
  /** Tenants of the partitions `from` (inclusive) to `before` (exclusive; undefined: to the end), in partition order, a page at a time. */
  pages(from: string, before: string | undefined): AsyncIterable<readonly Tenant[]>;
}

/** Each change is over in two operations, so whoever is overtaken that often has met something else. */
const mostTries = 5;

export const tenantRegistry = (table: Table): TenantRegistry => ({
  get: async (tenantId) => {
    const found = await table.get(tenantPartition(tenantId), tenantId);
    return found && toTenant(found);
  },
  put: async (tenant) => {
    if (await insert(table, tenant)) return true;
    await table.write({ kind: 'upsert', row: toRow(tenant) });
    return false;
  },
  add: (tenant) => insert(table, tenant),
  setPartnership: async (tenantId, partnership) => {
    for (let tries = 1; ; tries += 1) {
      const found = await table.get(tenantPartition(tenantId), tenantId);
      if (found === undefined) return false;
      const row: Row = { ...found.row, partnership: JSON.stringify(partnership) };
      try {
        await table.write({ kind: 'replace', row, etag: found.etag });
        return true;
      } catch (error) {
        const isOvertaken = error instanceof ConflictError || error instanceof NotFoundError;
        if (!isOvertaken || tries >= mostTries) throw error;
      }
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

const insert = async (table: Table, tenant: Tenant): Promise<boolean> => {
  try {
    await table.write({ kind: 'insert', row: toRow(tenant) });
    return true;
  } catch (error) {
    if (error instanceof ConflictError) return false;
    throw error;
  }
};

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
    writeBack: tenant.writeBack,
    attributes: JSON.stringify(tenant.attributes),
    contract: JSON.stringify(tenant.contract),
    partnership: tenant.partnership && JSON.stringify(tenant.partnership),
    credential: tenant.credential && JSON.stringify(credentialOf(tenant.credential)),
  }),
});

/** Field by field: whatever else an object may carry, a secret never comes into this row. */
const credentialOf = ({ kind, clientId, expires }: TenantCredential): TenantCredential => ({
  kind,
  clientId,
  ...(expires === undefined ? {} : { expires }),
});

const toTenant = ({ row }: StoredRow): Tenant => {
  const interval = row.intervalSeconds;
  const credential = text(row, 'credential');
  const partnership = text(row, 'partnership');
  return {
    tenantId: row.rowKey,
    name: text(row, 'name') ?? row.rowKey,
    cloud: (text(row, 'cloud') ?? 'public') as CloudName,
    backend: (text(row, 'backend') ?? 'graph') as BackEnd,
    groups: JSON.parse(text(row, 'groups') ?? '[]') as string[],
    sealed: flag(row, 'sealed'),
    intervalSeconds: typeof interval === 'number' ? interval : undefined,
    enabled: flag(row, 'enabled'),
    writeBack: flag(row, 'writeBack'),
    attributes: JSON.parse(text(row, 'attributes') ?? '{}') as Record<string, string>,
    contract: JSON.parse(text(row, 'contract') ?? '{"never":[]}') as { never: string[] },
    ...(partnership === null ? {} : { partnership: JSON.parse(partnership) as Partnership }),
    ...(credential === null ? {} : { credential: JSON.parse(credential) as TenantCredential }),
  };
};
