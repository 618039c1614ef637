import { created, ok } from '../../shared/http/answers';
import { connectionAudit } from '../../shared/http/connections/connectionAudit';
import { connectionRehearsal } from '../../shared/http/connections/connectionRehearsal';
import { connectionBody } from '../../shared/http/connections/connectionRequest';
import { connectionTest, connectionTestBody } from '../../shared/http/connections/connectionTest';
import type { Method } from '../../shared/http/method';
import { method } from '../../shared/http/method';
import { tenantListQuery } from '../../shared/http/input/pageQuery';
import { connectionInSight, connectionPlace, readableConnection } from '../../shared/http/connections/pathConnection';
import { backfillBody } from '../../shared/http/input/pastRange';
import { tenantInSight } from '../../shared/http/input/pathTenant';
import { putConnection } from '../../shared/http/connections/putConnection';
import { pageOfConnections, readConnection } from '../../shared/http/connections/readConnections';
import { removeConnection } from '../../shared/http/connections/removeConnection';
import type { Route } from '../../shared/http/route';
import { route } from '../../shared/http/route';
import { services } from '../services';

/** The same for those of one tenant and those of all: the path tells which. */
const oneConnection: Readonly<Record<'GET' | 'PUT' | 'DELETE', Method>> = {
  GET: method({
    policy: 'Admin',
    summary: 'A connection to a ticket tool or webhook: settings, where its webhooks go, how it fares',
    find: connectionInSight,
    handler: async ({ services: using, found }) => ok(await readConnection(using, found.connection, found.tenant)),
  }),
  PUT: method({
    policy: 'Admin',
    summary: 'Makes a connection, or replaces it; its secrets stay unless sent',
    find: connectionPlace,
    body: connectionBody,
    handler: async ({ services: using, caller, found, body }) => {
      const audit = connectionAudit(using, caller, found);
      const { connection, isNew } = await putConnection(using, found, body, audit);
      const view = await readConnection(using, connection, found.tenant);
      return isNew ? created(view) : ok(view);
    },
  }),
  DELETE: method({
    policy: 'Admin',
    summary: 'Removes a connection and its secrets; its tickets stay',
    find: connectionInSight,
    handler: async ({ services: using, caller, found: { connection } }) => {
      const audit = connectionAudit(using, caller, connection);
      return ok(await audit('connection.remove', {}, () => removeConnection(using, connection)));
    },
  }),
};

export const tenantConnections: Route = {
  name: 'tenantConnections',
  path: 'tenants/{tenantId}/connections',
  methods: {
    GET: method({
      policy: 'Admin',
      summary: 'The connections of one tenant; those of all tenants have a list of their own',
      find: tenantInSight,
      query: tenantListQuery,
      handler: async (call) => ok(await pageOfConnections(call.services, call.caller, call.found, call.query)),
    }),
  },
};

export const tenantConnection: Route = {
  name: 'tenantConnection',
  path: 'tenants/{tenantId}/connections/{connectionId}',
  methods: oneConnection,
};

export const sharedConnections: Route = {
  name: 'sharedConnections',
  path: 'connections',
  methods: {
    GET: method({
      policy: 'Admin',
      summary: 'The connections that serve all tenants',
      query: tenantListQuery,
      handler: async (call) => ok(await pageOfConnections(call.services, call.caller, undefined, call.query)),
    }),
  },
};

export const sharedConnection: Route = {
  name: 'sharedConnection',
  path: 'connections/{connectionId}',
  methods: oneConnection,
};

const oneTest: Readonly<Record<'POST', Method>> = {
  POST: method({
    policy: 'Admin',
    summary: 'Walks a test ticket through the tool and back, step by step, and says what fails and what mends it',
    find: connectionInSight,
    body: connectionTestBody,
    handler: async ({ services: using, caller, found, body }) => {
      const audit = connectionAudit(using, caller, found.connection);
      return ok(await audit('connection.test', {}, () => connectionTest(using, found, body.waitSeconds)));
    },
  }),
};

export const tenantConnectionTest: Route = {
  name: 'tenantConnectionTest',
  path: 'tenants/{tenantId}/connections/{connectionId}/test',
  methods: oneTest,
};

export const sharedConnectionTest: Route = {
  name: 'sharedConnectionTest',
  path: 'connections/{connectionId}/test',
  methods: oneTest,
};

export const tenantConnectionRehearse: Route = {
  name: 'tenantConnectionRehearse',
  path: 'tenants/{tenantId}/connections/{connectionId}/rehearse',
  methods: {
    POST: method({
      policy: 'Admin',
      summary: 'The tickets that what is stored would have made, without sending; all.<id> for one of all tenants',
      find: readableConnection,
      body: backfillBody,
      handler: async (call) => ok(await connectionRehearsal(call.services, call.found, call.body)),
    }),
  },
};

route(services, tenantConnections);
route(services, tenantConnection);
route(services, tenantConnectionTest);
route(services, tenantConnectionRehearse);
route(services, sharedConnections);
route(services, sharedConnection);
route(services, sharedConnectionTest);
