import { z } from 'zod';
import type { Tenant } from '../../model/tenant';
import { continueKey } from '../../store/continueKey';
import { tenantPartition } from '../../store/keys';
import type { Caller } from '../callers/caller';
import { openPlace, sealPlace } from '../input/continueToken';
import type { Page } from '../input/continueToken';
import { readTenants } from './readTenants';
import type { HttpServices } from '../services';
import type { TenantView } from './tenantView';
import { tenantView } from './tenantView';
import { canSee } from '../callers/visibility';

const placeShape = z.object({ tenantId: z.string() });

export interface TenantPageQuery {
  readonly limit: number;
  readonly continue?: string | undefined;
}

/** A page of the tenants in the caller's sight, in the registry's order. @throws RequestError · GroupsOverageError */
export const pageOfTenants = async (
  services: HttpServices,
  caller: Caller,
  query: TenantPageQuery,
): Promise<Page<TenantView>> => {
  const key = await continueKey(services.storage.index);
  const binding = { objectId: caller.objectId, list: 'tenants', conditions: null };
  const nowMs = services.clock.now();
  const from = query.continue === undefined ? undefined : openPlace(key, binding, query.continue, placeShape, nowMs);
  const tenants = await tenantsInSight(services, caller, from?.tenantId, query.limit + 1);
  const shown = tenants.slice(0, query.limit);
  const last = tenants.length > query.limit ? shown.at(-1) : undefined;
  return {
    items: (await readTenants(services, shown)).map(tenantView),
    continue: last === undefined ? null : sealPlace(key, binding, { tenantId: last.tenantId }, nowMs),
  };
};

/** Up to `limit` tenants after the one given, in the registry's order: by partition, then id. @throws GroupsOverageError */
export const tenantsInSight = async (
  { registry, config }: Pick<HttpServices, 'registry' | 'config'>,
  caller: Caller,
  after: string | undefined,
  limit: number,
): Promise<readonly Tenant[]> => {
  const start = after === undefined ? '000' : tenantPartition(after);
  const isBehind = ({ tenantId }: Tenant): boolean =>
    after === undefined || tenantPartition(tenantId) > start || tenantId > after;
  const found: Tenant[] = [];
  for await (const page of registry.pages(start, undefined)) {
    found.push(...page.filter((tenant) => isBehind(tenant) && canSee(caller, tenant, config.ungroupedTenants)));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
};
