import { registrationFor } from '../model/registration';
import type { Tenant } from '../model/tenant';
import { toTicks } from '../model/time7';
import type { Clock, Log, Table } from '../ports';
import { readAccess } from '../store/access';
import type { DueIndex } from '../store/due';
import { tenantPartition } from '../store/keys';
import type { TenantRegistry } from '../store/tenants';
import { readState } from '../store/tenantState';
import { toleratedDelayMs } from '../sync/coverage/toleratedDelay';

export interface SweepTenantsDeps {
  readonly registry: Pick<TenantRegistry, 'pages'>;
  readonly incidents: Table;
  readonly due: Pick<DueIndex, 'add' | 'upTo'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly intervalSeconds: number;
}

export interface SweptTenants {
  readonly looked: number;
  readonly overdue: number;
  /** Where the next sweep goes on; undefined: it begins anew. */
  readonly next: string | undefined;
}

/** Looked at in one sweep, a point read each: 10,000 tenants take five sweeps. Whole partitions of the registry, which hold a few each. */
const perSweep = 2_000;
const sideBySide = 32;

/**
 * Gives a due row to tenants whose reading stands still though nothing holds it up, from the partition `from` of the registry on. Costs
 * the registry's pages, the due index and a state row a tenant, whatever else is stored.
 */
export const sweepTenants = async (deps: SweepTenantsDeps, from = '000'): Promise<SweptTenants> => {
  const { tenants, next } = await someTenants(deps, from);
  const nowMs = deps.clock.now();
  const waiting = new Set((await deps.due.upTo(nowMs, from, next)).map(({ tenantId }) => tenantId));
  let overdue = 0;
  for (let start = 0; start < tenants.length; start += sideBySide) {
    const some = tenants.slice(start, start + sideBySide);
    const found = await Promise.all(some.map((tenant) => isOverdue(deps, tenant, nowMs)));
    for (const [at, tenant] of some.entries()) {
      // One whose due row waits already is read as soon as anything is.
      if (found[at] !== true || waiting.has(tenant.tenantId)) continue;
      await deps.due.add(tenant.tenantId, nowMs);
      deps.log.warn('tenant overdue', { tenantId: tenant.tenantId });
      overdue += 1;
    }
  }
  return { looked: tenants.length, overdue, next };
};

const someTenants = async (
  { registry }: SweepTenantsDeps,
  from: string,
): Promise<{ readonly tenants: readonly Tenant[]; readonly next: string | undefined }> => {
  const tenants: Tenant[] = [];
  let partition = from;
  for await (const page of registry.pages(from, undefined))
    for (const tenant of page) {
      const own = tenantPartition(tenant.tenantId);
      if (tenants.length >= perSweep && own !== partition) return { tenants, next: own };
      partition = own;
      if (tenant.enabled) tenants.push(tenant);
    }
  return { tenants, next: undefined };
};

/** True where no run ended well or was tried for longer than missed turns explain, and no wait or missing access tells why. */
const isOverdue = async (
  { incidents, intervalSeconds }: SweepTenantsDeps,
  tenant: Tenant,
  nowMs: number,
): Promise<boolean> => {
  const { tenantId } = tenant;
  const { state, writtenAt } = await readState(tenantId, incidents);
  const lastMs = Math.max(msOf(state.lastRun?.startedAt), msOf(state.lastSuccess));
  // A run through many batches writes the row with each.
  const heldMs = state.leaseOwner === undefined || writtenAt === undefined ? 0 : Number(toTicks(writtenAt) / 10_000n);
  const tolerated = toleratedDelayMs(tenant.intervalSeconds ?? intervalSeconds);
  if (nowMs - Math.max(lastMs, heldMs) <= tolerated) return false;
  const { state: access, blockedUntil } = await readAccess(tenantId, incidents, registrationFor(tenant.backend));
  return access !== 'blocked' && msOf(blockedUntil) <= nowMs;
};

const msOf = (iso: string | null | undefined): number => {
  const ms = Date.parse(iso ?? '');
  return Number.isNaN(ms) ? 0 : ms;
};
