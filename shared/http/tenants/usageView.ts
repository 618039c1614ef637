import { z } from 'zod';
import type { Tenant } from '../../model/tenant';
import type { RunCounts } from '../../model/run';
import { noCounts } from '../../model/run';
import { continueKey } from '../../store/continueKey';
import { readState } from '../../store/tenantState';
import { readUsage } from '../../store/usage';
import { monthOf, usedSince } from '../../sync/run/turnMonth';
import type { Caller } from '../callers/caller';
import { openPlace, sealPlace } from '../input/continueToken';
import type { Page } from '../input/continueToken';
import { pageQuery } from '../input/pageQuery';
import type { HttpServices } from '../services';
import type { TenantPageQuery } from './tenantPage';
import { tenantsInSight } from './tenantPage';

/** `month` as yyyy-mm; left out: this month, by our clock. */
export const usageQuery = z.strictObject({
  month: z
    .string()
    .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, 'must be a month such as 2026-11')
    .optional(),
  ...pageQuery,
});

/** What one tenant cost in one month (UTC), every key always there. */
export interface UsageView {
  readonly tenantId: string;
  readonly tenantName: string;
  /** yyyy-mm */
  readonly month: string;
  /** `running`: the month goes on · `closed` · `none`: nothing was written down for it, so nothing was read then. */
  readonly state: 'running' | 'closed' | 'none';
  /** To Microsoft's APIs. */
  readonly calls: number;
  readonly storageOperations: number;
  /** Time its runs took, waiting included. */
  readonly seconds: number;
  /** Incident versions that were new or changed. */
  readonly incidents: number;
  readonly new: number;
  readonly changed: number;
  readonly listed: number;
  /** Outbox events written. */
  readonly queued: number;
}

const placeShape = z.object({ tenantId: z.string() });
const tenantsSideBySide = 25;

/** A page of the tenants in the caller's sight, in the registry's order. @throws RequestError · GroupsOverageError */
export const pageOfUsage = async (
  services: HttpServices,
  caller: Caller,
  query: TenantPageQuery & { readonly month?: string | undefined },
): Promise<Page<UsageView>> => {
  const key = await continueKey(services.storage.index);
  const nowMs = services.clock.now();
  const month = query.month ?? new Date(nowMs).toISOString().slice(0, 7);
  const binding = { objectId: caller.objectId, list: 'usage', conditions: query.month ?? null };
  const place = query.continue === undefined ? undefined : openPlace(key, binding, query.continue, placeShape, nowMs);
  const tenants = await tenantsInSight(services, caller, place?.tenantId, query.limit + 1);
  const shown = tenants.slice(0, query.limit);
  const last = tenants.length > query.limit ? shown.at(-1) : undefined;
  const items: UsageView[] = [];
  for (let start = 0; start < shown.length; start += tenantsSideBySide) {
    const some = shown.slice(start, start + tenantsSideBySide);
    items.push(...(await Promise.all(some.map((tenant) => usageOf(services, tenant, month)))));
  }
  return {
    items,
    continue: last === undefined ? null : sealPlace(key, binding, { tenantId: last.tenantId }, nowMs),
  };
};

const usageOf = async (
  { storage }: Pick<HttpServices, 'storage'>,
  tenant: Tenant,
  month: string,
): Promise<UsageView> => {
  const asked = monthOf(month);
  const { state } = await readState(tenant.tenantId, storage.incidents);
  if (state.month?.month === asked) return usageView(tenant, month, 'running', usedSince(state.month, state.totals));
  const closed = await readUsage(tenant.tenantId, storage.incidents, asked);
  return usageView(tenant, month, closed === undefined ? 'none' : 'closed', closed?.counts ?? noCounts);
};

const usageView = (tenant: Tenant, month: string, state: UsageView['state'], counts: RunCounts): UsageView => ({
  tenantId: tenant.tenantId,
  tenantName: tenant.name,
  month,
  state,
  calls: counts.calls,
  storageOperations: counts.operations,
  seconds: counts.seconds,
  incidents: counts.new + counts.changed,
  new: counts.new,
  changed: counts.changed,
  listed: counts.listed,
  queued: counts.queued,
});
