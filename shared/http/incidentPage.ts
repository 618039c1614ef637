import { z } from 'zod';
import type { Tenant } from '../model/tenant';
import { continueKey } from '../store/continueKey';
import type { ListedIncidents, ListQuery } from '../store/incidentList';
import { listAcrossTenants } from '../store/incidentList';
import { incidentStore } from '../store/incidents';
import { readState } from '../store/tenantState';
import { listOfTenant } from '../store/tenantIncidentList';
import type { Caller } from './caller';
import type { ListBinding } from './continueToken';
import { openPlace, sealPlace } from './continueToken';
import type { TenantIncidentsQuery } from './incidentQuery';
import { filterOf } from './incidentQuery';
import type { IncidentRowView } from './incidentView';
import { incidentRowView } from './incidentView';
import type { HttpServices } from './services';
import type { TenantSelection } from './visibleTenants';
import { readableTenants } from './visibleTenants';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly continue: string | null;
}

type Services = Pick<HttpServices, 'storage' | 'feed' | 'registry' | 'config' | 'clock'>;

const placeShape = z.object({ rank: z.number(), after: z.string() });

/** A page of the incidents of all tenants the caller may read, or of those selected. @throws RequestError · GroupsOverageError */
export const pageAcrossTenants = async (
  services: Services,
  caller: Caller,
  query: TenantIncidentsQuery & TenantSelection,
): Promise<Page<IncidentRowView>> => {
  const { incidents, bodies } = services.storage;
  const reader = {
    feed: services.feed,
    header: (tenantId: string, incidentId: string) => incidentStore(tenantId, incidents, bodies).header(incidentId),
  };
  const tenants = await readableTenants(services, caller, query);
  return pageOf(services, bindingOf(caller, 'incidents', query), query, tenants, (asked) =>
    listAcrossTenants(reader, new Set(tenants.keys()), asked),
  );
};

/** A page of one tenant's incidents. @throws RequestError */
export const pageOfTenant = (
  services: Services,
  caller: Caller,
  tenant: Tenant,
  query: TenantIncidentsQuery,
): Promise<Page<IncidentRowView>> => {
  const { incidents, bodies } = services.storage;
  const binding = bindingOf(caller, `tenants/${tenant.tenantId}/incidents`, query);
  return pageOf(services, binding, query, new Map([[tenant.tenantId, tenant]]), (asked) =>
    listOfTenant(incidentStore(tenant.tenantId, incidents, bodies), asked),
  );
};

/** What a page's size and place leave alone. */
const bindingOf = ({ objectId }: Caller, list: string, query: TenantIncidentsQuery): ListBinding => ({
  objectId,
  list,
  conditions: Object.entries(query).filter(([name]) => name !== 'limit' && name !== 'continue'),
});

const pageOf = async (
  services: Services,
  binding: ListBinding,
  query: TenantIncidentsQuery,
  tenants: ReadonlyMap<string, Tenant>,
  list: (asked: ListQuery) => Promise<ListedIncidents>,
): Promise<Page<IncidentRowView>> => {
  const key = await continueKey(services.storage.index);
  const nowMs = services.clock.now();
  const from = query.continue === undefined ? undefined : openPlace(key, binding, query.continue, placeShape, nowMs);
  const { incidents, next } = await list({ filter: filterOf(query), sort: query.sort, limit: query.limit, from });
  const readThrough = await readThroughOf(services, new Set(incidents.map(({ tenantId }) => tenantId)));
  const items = incidents.flatMap((incident) => {
    const tenant = tenants.get(incident.tenantId);
    return tenant === undefined ? [] : incidentRowView(incident, tenant, readThrough.get(incident.tenantId));
  });
  return { items, continue: next === undefined ? null : sealPlace(key, binding, next, nowMs) };
};

/** One read of a tenant's state a request, whatever the number of its rows. */
const readThroughOf = async ({ storage }: Services, tenantIds: ReadonlySet<string>) =>
  new Map(
    await Promise.all(
      [...tenantIds].map(
        async (tenantId) =>
          [tenantId, (await readState(tenantId, storage.incidents)).state.cursor.readThrough] as const,
      ),
    ),
  );
