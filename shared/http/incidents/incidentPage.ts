import { z } from 'zod';
import { ticketsOfPage } from '../../changes/ticketsOf';
import type { TicketTargets } from '../../changes/ticketTargets';
import type { Tenant } from '../../model/tenant';
import type { Clock } from '../../ports';
import { continueKey } from '../../store/continueKey';
import type { Feed } from '../../store/feed';
import { listOfFewTenants } from '../../store/fewTenantsList';
import type { FeedReader, ListedIncidents, ListQuery } from '../../store/incidentList';
import { listAcrossTenants } from '../../store/incidentList';
import { incidentStore } from '../../store/incidents';
import { knownTenants } from '../../store/listedTenants';
import type { Storage } from '../../store/openStorage';
import { readState } from '../../store/tenantState';
import type { Caller } from '../callers/caller';
import type { ListBinding, Page } from '../input/continueToken';
import { openPlace, sealPlace } from '../input/continueToken';
import type { TenantIncidentsQuery } from './incidentQuery';
import { filterOf } from './incidentQuery';
import type { IncidentRowView } from './incidentView';
import { incidentRowView } from './incidentView';
import type { TenantSelection, VisibilityServices } from '../callers/visibleTenants';
import { mayReadMost, readableAsMet, readableTenants } from '../callers/visibleTenants';

/** What a list stands on. */
export interface ListServices extends VisibilityServices {
  readonly storage: Pick<Storage, 'incidents' | 'index' | 'bodies'>;
  readonly feed: Pick<Feed, 'pages'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Left out: nobody has tickets. */
  readonly ticketTargets?: TicketTargets;
}

const placeShape = z.object({ rank: z.number(), after: z.string() });

/** A page of the incidents of all tenants the caller may read, or of those selected. @throws RequestError · GroupsOverageError */
export const pageAcrossTenants = async (
  services: ListServices,
  caller: Caller,
  query: TenantIncidentsQuery & TenantSelection,
): Promise<Page<IncidentRowView>> => {
  const binding = bindingOf(caller, 'incidents', query);
  if (mayReadMost(services, caller, query))
    return pageOf(services, binding, query, (asked) => listAsMet(services, caller, query, asked));
  const tenants = await readableTenants(services, caller, query);
  return pageOf(services, binding, query, (asked) => listOfKnown(services, tenants, asked));
};

/** A page of one tenant's incidents. @throws RequestError */
export const pageOfTenant = (
  services: ListServices,
  caller: Caller,
  tenant: Tenant,
  query: TenantIncidentsQuery,
): Promise<Page<IncidentRowView>> => {
  const binding = bindingOf(caller, `tenants/${tenant.tenantId}/incidents`, query);
  const tenants = new Map([[tenant.tenantId, tenant]]);
  return pageOf(services, binding, query, (asked) => listOfKnown(services, tenants, asked));
};

interface ListedWithTenants extends ListedIncidents {
  readonly tenants: ReadonlyMap<string, Tenant>;
}

const lookupsARow = 4;
/** As many tenants as have a partition each read sooner than the feed finds their rows among all others. */
const fewTenants = 8;

const listOfKnown = async (
  services: ListServices,
  tenants: ReadonlyMap<string, Tenant>,
  asked: ListQuery,
): Promise<ListedWithTenants> => {
  const { storage, feed } = services;
  const readers = [...tenants.keys()].slice(0, fewTenants).map((tenantId) => ({
    tenantId,
    store: incidentStore(tenantId, storage.incidents, storage.bodies),
    feed,
  }));
  const listed =
    tenants.size <= fewTenants
      ? await listOfFewTenants(readers, asked)
      : await listAcrossTenants(feedReader(services), knownTenants(tenants.keys()), asked);
  return { ...listed, tenants };
};

/**
 * Asks for each tenant when its first row comes up, so that a page costs what is on it, whatever the number of tenants. Where the
 * tenants of four pages did not fill one, most of what comes up is hidden from this caller: then reading the registry costs less, and
 * the list starts over with it.
 */
const listAsMet = async (
  services: ListServices,
  caller: Caller,
  selection: TenantSelection,
  asked: ListQuery,
): Promise<ListedWithTenants> => {
  const { listed, readable } = readableAsMet(services, caller, lookupsARow * (asked.limit + 1));
  const found = await listAcrossTenants(feedReader(services), listed, asked);
  if (!listed.isSpent()) return { ...found, tenants: readable };
  return listOfKnown(services, await readableTenants(services, caller, selection), asked);
};

const feedReader = ({ storage: { incidents, bodies }, feed }: ListServices): FeedReader => ({
  feed,
  header: (tenantId, incidentId) => incidentStore(tenantId, incidents, bodies).header(incidentId),
});

/** What a page's size and place leave alone. */
const bindingOf = ({ objectId }: Caller, list: string, query: TenantIncidentsQuery): ListBinding => ({
  objectId,
  list,
  conditions: Object.entries(query).filter(([name]) => name !== 'limit' && name !== 'continue'),
});

const pageOf = async (
  services: ListServices,
  binding: ListBinding,
  query: TenantIncidentsQuery,
  list: (asked: ListQuery) => Promise<ListedWithTenants>,
): Promise<Page<IncidentRowView>> => {
  const key = await continueKey(services.storage.index);
  const nowMs = services.clock.now();
  const from = query.continue === undefined ? undefined : openPlace(key, binding, query.continue, placeShape, nowMs);
  const asked = { filter: filterOf(query), sort: query.sort, limit: query.limit, from };
  const { incidents, next, tenants } = await list(asked);
  const [readThrough, tickets] = await Promise.all([
    readThroughOf(services, new Set(incidents.map(({ tenantId }) => tenantId))),
    ticketsOf(services, incidents),
  ]);
  const items = incidents.flatMap((incident, at) => {
    const tenant = tenants.get(incident.tenantId);
    return tenant === undefined
      ? []
      : incidentRowView(incident, tenant, readThrough.get(incident.tenantId), tickets[at]);
  });
  return { items, continue: next === undefined ? null : sealPlace(key, binding, next, nowMs) };
};

const ticketsOf = ({ storage, ticketTargets }: ListServices, incidents: ListedIncidents['incidents']) =>
  ticketTargets === undefined
    ? []
    : ticketsOfPage(
        storage.incidents,
        ticketTargets,
        incidents.map(({ tenantId, header: { incidentId } }) => ({ tenantId, incidentId })),
      );

/** One read of a tenant's state a request, whatever the number of its rows. */
const readThroughOf = async ({ storage }: ListServices, tenantIds: ReadonlySet<string>) =>
  new Map(
    await Promise.all(
      [...tenantIds].map(
        async (tenantId) =>
          [tenantId, (await readState(tenantId, storage.incidents)).state.cursor.readThrough] as const,
      ),
    ),
  );
