import { z } from 'zod';
import { created, ok } from '../../shared/http/answers';
import { method } from '../../shared/http/method';
import { tenantListQuery } from '../../shared/http/input/pageQuery';
import { pathTenantId, tenantInSight } from '../../shared/http/input/pathTenant';
import { putTenant } from '../../shared/http/tenants/putTenant';
import { readTenant } from '../../shared/http/tenants/readTenants';
import { removeTenant } from '../../shared/http/tenants/removeTenant';
import type { Route } from '../../shared/http/route';
import { route } from '../../shared/http/route';
import { pageOfTenants } from '../../shared/http/tenants/tenantPage';
import { tenantBody } from '../../shared/http/tenants/tenantRequest';
import { tenantView } from '../../shared/http/tenants/tenantView';
import { readTenantRun } from '../../shared/store/tenantRuns';
import { services } from '../services';

export const tenants: Route = {
  name: 'tenants',
  path: 'tenants',
  methods: {
    GET: method({
      policy: 'Reader',
      summary: 'The tenants in your sight',
      query: tenantListQuery,
      handler: async (call) => ok(await pageOfTenants(call.services, call.caller, call.query)),
    }),
  },
};

export const tenant: Route = {
  name: 'tenant',
  path: 'tenants/{tenantId}',
  methods: {
    GET: method({
      policy: 'Reader',
      summary: 'A tenant: settings, access, health and how far it is read',
      find: tenantInSight,
      handler: async (call) => ok(tenantView(await readTenant(call.services, call.found))),
    }),
    PUT: method({
      policy: 'Admin',
      summary: 'Registers a tenant, or replaces its registration',
      find: (target) => Promise.resolve(pathTenantId(target)),
      body: tenantBody,
      handler: async (call) => {
        const put = await putTenant(call.services, call.found, call.body);
        const view = tenantView(await readTenant(call.services, put.tenant));
        return put.isNew ? created(view) : ok(view);
      },
    }),
    DELETE: method({
      policy: 'Admin',
      summary: 'Stops a tenant for good; its data stays unless erase=true',
      find: tenantInSight,
      query: z.strictObject({ erase: z.enum(['true', 'false']).default('false') }),
      handler: async (call) => ok(await removeTenant(call.services, call.found, call.query.erase === 'true')),
    }),
  },
};

export const tenantRun: Route = {
  name: 'tenantRun',
  path: 'tenants/{tenantId}/runs/{runId}',
  methods: {
    GET: method({
      policy: 'Reader',
      summary: 'A run of a tenant, with its counters',
      find: async (target) => {
        const found = await tenantInSight(target);
        return found && readTenantRun(found.tenantId, target.services.storage.incidents, target.params.runId ?? '');
      },
      handler: (call) => Promise.resolve(ok(call.found)),
    }),
  },
};

route(services, tenants);
route(services, tenant);
route(services, tenantRun);
