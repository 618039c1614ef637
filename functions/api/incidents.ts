import { ticketsOfIncident } from '../../shared/changes/ticketsOf';
import { ok } from '../../shared/http/answers';
import { findIncident } from '../../shared/http/incidents/findIncident';
import { pageAcrossTenants, pageOfTenant } from '../../shared/http/incidents/incidentPage';
import { incidentsQuery, tenantIncidentsQuery } from '../../shared/http/incidents/incidentQuery';
import { incidentRowView, incidentView } from '../../shared/http/incidents/incidentView';
import { method } from '../../shared/http/method';
import { readableTenant } from '../../shared/http/input/pathTenant';
import type { Route } from '../../shared/http/route';
import { route } from '../../shared/http/route';
import { readJournal } from '../../shared/store/journal';
import { readState } from '../../shared/store/tenantState';
import { services } from '../services';
import { patchIncident } from './incidentChanges';

export const incidents: Route = {
  name: 'incidents',
  path: 'incidents',
  methods: {
    GET: method({
      policy: 'Reader',
      summary: 'Incidents of all tenants you may read, newest update first; open ones unless status says otherwise',
      query: incidentsQuery,
      handler: async ({ services: using, caller, query: { tenantId, group, ...query } }) =>
        ok(await pageAcrossTenants(using, caller, { ...query, tenantId, group })),
    }),
  },
};

export const tenantIncidents: Route = {
  name: 'tenantIncidents',
  path: 'tenants/{tenantId}/incidents',
  methods: {
    GET: method({
      policy: 'Reader',
      summary: 'Incidents of one tenant, newest update first; open ones unless status says otherwise',
      find: readableTenant,
      query: tenantIncidentsQuery,
      handler: async (call) => ok(await pageOfTenant(call.services, call.caller, call.found, call.query)),
    }),
  },
};

export const tenantIncident: Route = {
  name: 'tenantIncident',
  path: 'tenants/{tenantId}/incidents/{incidentId}',
  methods: {
    GET: method({
      policy: 'Reader',
      summary: 'One incident, whole',
      find: findIncident,
      handler: async ({ services: { storage }, found: { tenant, incident, body } }) => {
        const { tenantId } = tenant;
        const { incidentId } = incident.header;
        const [{ state }, tickets, journal] = await Promise.all([
          readState(tenantId, storage.incidents),
          ticketsOfIncident(tenantId, incidentId, storage.incidents),
          readJournal(tenantId, incidentId, storage.incidents),
        ]);
        const row = incidentRowView(incident, tenant, state.cursor.readThrough, tickets);
        return ok(incidentView(row, body, journal), { etag: `"${row.lastUpdateDateTime}"` });
      },
    }),
    PATCH: patchIncident,
  },
};

route(services, incidents);
route(services, tenantIncidents);
route(services, tenantIncident);
