import type { ListServices } from '../../shared/http/incidents/incidentPage';
import type { StoredIncident } from '../../shared/model/incident';
import type { Tenant } from '../../shared/model/tenant';
import { newTenantState } from '../../shared/model/tenantState';
import type { Time7 } from '../../shared/model/time7';
import { fromTicks } from '../../shared/model/time7';
import type { Blobs, Row, Table } from '../../shared/ports';
import { incidentFeed } from '../../shared/store/feed';
import { toIncidentRow } from '../../shared/store/incidents';
import { toStateRow } from '../../shared/store/tenantState';
import { tenantRegistry } from '../../shared/store/tenants';
import type { ReadCounts } from './countedTable';
import { countedTable } from './countedTable';
import type { MemoryTable } from './memoryTable';
import { memoryTable } from './memoryTable';
import { plainTenant, tenantIdOf } from './plainTenant';
import { randomSource } from './randomSource';

export interface FillOptions {
  readonly tenants: number;
  /** Of the nth tenant. */
  readonly incidentsOf: (tenant: number) => number;
  /** Days since the nth tenant's newest update; default 0. */
  readonly quietDaysOf?: (tenant: number) => number;
  readonly registrationOf?: (tenant: number) => Partial<Tenant>;
  /** Of each storage operation. */
  readonly delayMs?: number;
}

export interface FilledStorage {
  readonly services: ListServices;
  /** Of all reads through `services`. */
  readonly counts: ReadCounts;
  /** Of all tenants, newest update first. */
  readonly newest: readonly StoredIncident[];
  /** Puts the tenant into the registry, uncounted. */
  register(tenantId: string, change: Partial<Tenant>): Promise<void>;
  remove(tenantId: string): Promise<void>;
}

const now = Date.parse('2026-11-20T08:00:00Z');
/** Of `newest`: more than a page of the API and what it leaves out. */
const kept = 500;
const oneDay = 86_400_000;

/** Tables in memory, filled as runs would leave them: updates of all tenants spread over the same thirty days, three in four open. */
export const filledStorage = async (options: FillOptions): Promise<FilledStorage> => {
  const { registrationOf = () => ({}), quietDaysOf = () => 0, delayMs = 0 } = options;
  const tables = { tenants: memoryTable(), incidents: memoryTable(), index: memoryTable() };
  const counts: ReadCounts = { operations: 0, rows: 0 };
  const random = randomSource(7);
  let newest: readonly StoredIncident[] = [];
  const registry = tenantRegistry(tables.tenants);
  const feed = incidentFeed(filling(tables.index));
  for (let tenant = 1; tenant <= options.tenants; tenant += 1) {
    const tenantId = tenantIdOf(tenant);
    await registry.put(plainTenant(tenantId, registrationOf(tenant)));
    const quietMs = quietDaysOf(tenant) * oneDay;
    const incidents = Array.from({ length: options.incidentsOf(tenant) }, (_, n) =>
      incidentAt(tenantId, n + 1, quietMs + random.below(30 * oneDay), random.below(4) === 0 ? 'resolved' : 'active'),
    );
    await feed.add(
      tenantId,
      incidents.map(({ header, version }) => ({ header, version, incidentId: header.incidentId })),
    );
    tables.incidents.fill(
      incidents.map((incident) => toIncidentRow(incident, { bodyDigest: 'b', watchedDigest: 'w' }, {})),
    );
    tables.incidents.fill([toStateRow(tenantId, newTenantState)]);
    newest = [...newest, ...incidents].sort((a, b) => (a.version < b.version ? 1 : -1)).slice(0, kept);
  }
  const counted = (table: Table): Table => countedTable(table, counts, delayMs);
  const storage = { incidents: counted(tables.incidents), index: counted(tables.index), bodies: noBodies };
  return {
    counts,
    newest,
    register: async (tenantId, change) => {
      await registry.put(plainTenant(tenantId, change));
    },
    remove: async (tenantId) => {
      await registry.delete(tenantId);
    },
    services: {
      storage,
      feed: incidentFeed(storage.index),
      registry: tenantRegistry(counted(tables.tenants)),
      config: { ungroupedTenants: 'all' },
      clock: { now: () => now },
    },
  };
};

/** Takes a batch past the guard. */
const filling = (table: MemoryTable): Table => ({
  ...table,
  writeBatch: (operations) => {
    const rows = operations.flatMap((operation): Row[] => (operation.kind === 'delete' ? [] : [operation.row]));
    table.fill(rows);
    return Promise.resolve(rows.map(() => ''));
  },
});

const incidentAt = (tenantId: string, id: number, ageMs: number, status: string): StoredIncident => {
  const version: Time7 = fromTicks(BigInt(now - ageMs) * 10_000n);
  return {
    tenantId,
    version,
    complete: true,
    asOf: version,
    header: {
      incidentId: `${id}`,
      displayName: 'Multi-stage incident involving initial access',
      status,
      severity: id % 5 === 0 ? 'high' : 'medium',
      classification: 'unknown',
      determination: 'unknown',
      assignedTo: null,
      createdDateTime: version,
      lastUpdateDateTime: version,
      redirectIncidentId: null,
      incidentWebUrl: `https://security.microsoft.com/incidents/${id}?tid=${tenantId}`,
      alertsCount: 3,
    },
  };
};

const refuse = (): Promise<never> => Promise.reject(new Error('a list reads no bodies'));
const noBodies: Blobs = { put: refuse, get: refuse, delete: refuse };
