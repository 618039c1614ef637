import { randomUUID } from 'node:crypto';
import type { Answer, Request } from '../answer';
import { bearerOf, jsonAnswer, pathOf } from '../answer';
import { assertActive } from '../defender/authorize';
import { refuseOthers } from '../defender/listQuery';
import { faultAnswer } from '../faultAnswer';
import { ODataError } from '../graph/odataError';
import { answerHunt } from '../hunting/answerHunt';
import type { CloudState } from '../state';
import { trustedTenant } from '../trustedTenant';
import type { Tenant } from '../world/incident';
import { formatHttpDate } from '../world/time7';
import { endpointAlerts } from './alerts';
import { authorizeEndpoint } from './authorize';
import type { FieldKind } from './listQuery';
import { parseListing } from './listQuery';
import type { Fields } from './machines';
import { endpointMachines } from './machines';
import { parseOrder } from './order';

/** Defender for Endpoint's answer to one call, out of the same world its sisters show; nothing is awaited.
 *  With `trustedTenantId` the call counts as made by whoever may do it in that tenant, and its token is not looked at.
 *  @see https://learn.microsoft.com/defender-endpoint/api/exposed-apis-list · common-errors */
export function answerEndpoint(state: CloudState, request: Request, trustedTenantId?: string): Answer {
  let tenant: Tenant | undefined;
  let answer: Answer;
  try {
    const route = routeOf(request);
    tenant =
      trustedTenantId === undefined
        ? authorizeEndpoint(state, request, route?.roles ?? readMachines)
        : trustedTenant(state, trustedTenantId);
    admit(state, tenant);
    const fault = state.behaviour.takeFault('endpoint', tenant.tenantId);
    answer = fault === undefined ? answerTenant(state, request, tenant, route) : faultAnswer(fault);
    if (answer.status === 429) state.rates.announce('endpoint', tenant.tenantId, answer.headers['retry-after']);
  } catch (error) {
    if (!(error instanceof ODataError)) throw error;
    const { status, code, message, headers } = error;
    answer = jsonAnswer(status, { error: { code, message, target: randomUUID() } }, headers);
  }
  state.calls.count('endpoint', tenant?.tenantId, answer.status);
  return {
    ...answer,
    headers: { date: formatHttpDate(state.world.clock()), 'odata-version': '4.0', ...answer.headers },
  };
}

/** @throws ODataError 429 while the tenant's rate is used up. */
function admit(state: CloudState, { tenantId }: Tenant): void {
  const waitSeconds = state.rates.admit('endpoint', tenantId);
  if (waitSeconds === undefined) return;
  throw new ODataError(429, 'TooManyRequests', 'You have exceeded the allowed number of requests.', {
    'retry-after': String(waitSeconds),
  });
}

interface Call {
  state: CloudState;
  request: Request;
  tenant: Tenant;
  id: string;
  query: URLSearchParams;
}

interface Route {
  method: 'GET' | 'POST';
  /** App roles of which one is enough. */
  roles: readonly string[];
  answer: (call: Call) => Answer;
}

const readMachines = ['Machine.Read.All', 'Machine.ReadWrite.All'];
const readAlerts = ['Alert.Read.All', 'Alert.ReadWrite.All'];
const machineFields: Readonly<Record<string, FieldKind>> = {
  ...{ computerDnsName: 'text', id: 'text', version: 'text', deviceValue: 'text', aadDeviceId: 'text' },
  ...{ machineTags: 'tags', lastSeen: 'time', exposureLevel: 'text', onboardingStatus: 'text', lastIpAddress: 'text' },
  ...{ healthStatus: 'text', osPlatform: 'text', riskScore: 'text', rbacGroupId: 'number' },
};
const alertFields: Readonly<Record<string, FieldKind>> = {
  ...{ alertCreationTime: 'time', lastUpdateTime: 'time', lastEventTime: 'time', incidentId: 'number' },
  ...{ InvestigationId: 'number', id: 'text', assignedTo: 'text', detectionSource: 'text', status: 'text' },
  ...{ severity: 'text', category: 'text' },
};
const actionFields: Readonly<Record<string, FieldKind>> = {
  ...{ id: 'text', status: 'text', machineId: 'text', type: 'text', requestor: 'text', creationDateTimeUtc: 'time' },
};

/** By path, `{}` for an id. */
const routes: Readonly<Record<string, Route>> = {
  machines: {
    method: 'GET',
    roles: readMachines,
    answer: ({ state, tenant, query }) =>
      listed(state, 'machines', 'Machines', endpointMachines(state.world, tenant), query, machineFields),
  },
  'machines/{}': {
    method: 'GET',
    roles: readMachines,
    answer: (call) => entity('Machines', findMachine(call, true), 200, call),
  },
  'machines/{}/isolate': { method: 'POST', roles: ['Machine.Isolate'], answer: (call) => order(call, 'isolate') },
  'machines/{}/unisolate': { method: 'POST', roles: ['Machine.Isolate'], answer: (call) => order(call, 'unisolate') },
  alerts: {
    method: 'GET',
    roles: readAlerts,
    answer: ({ state, tenant, query }) => {
      const alerts = endpointAlerts(tenant, state.world.incidentsOf(tenant), query.has('$expand'));
      return listed(state, 'alerts', 'Alerts', alerts, query, alertFields, 'evidence');
    },
  },
  'alerts/{}': {
    method: 'GET',
    roles: readAlerts,
    answer: (call) => {
      const { state, tenant, id } = call;
      const alerts = endpointAlerts(tenant, state.world.incidentsOf(tenant), false);
      return entity(
        'Alerts',
        found(
          alerts.find((alert) => alert.id === id),
          'Alert',
          id,
        ),
        200,
        call,
      );
    },
  },
  machineactions: {
    method: 'GET',
    roles: readMachines,
    answer: ({ state, tenant, query }) =>
      listed(state, 'machineactions', 'MachineActions', state.machineActions.list(tenant), query, actionFields),
  },
  'machineactions/{}': {
    method: 'GET',
    roles: readMachines,
    answer: (call) => {
      const action = call.state.machineActions.list(call.tenant).find(({ id }) => id === call.id);
      return entity('MachineActions', found(action, 'Machine action', call.id), 200, call);
    },
  },
  'advancedqueries/run': {
    method: 'POST',
    roles: ['AdvancedQuery.Read.All'],
    answer: ({ state, request, tenant }) => answerHunt(state, request, tenant, 'endpoint'),
  },
};

function routeOf(request: Request): Route | undefined {
  const [first, second, third] = rest(request);
  const path = first === 'advancedqueries' ? [first, second] : [first, second === undefined ? undefined : '{}', third];
  const name = path.filter((each) => each !== undefined).join('/');
  return rest(request).length <= 3 && Object.hasOwn(routes, name) ? routes[name] : undefined;
}

/** The path below `/api`, a version taken out. */
function rest(request: Request): string[] {
  const [api, ...below] = pathOf(request).segments;
  if (api !== 'api') return [];
  return below[0] === 'v1.0' ? below.slice(1) : below;
}

function answerTenant(state: CloudState, request: Request, tenant: Tenant, route: Route | undefined): Answer {
  if (route === undefined) throw new ODataError(404, 'ResourceNotFound', 'The requested resource does not exist.');
  if (request.method !== route.method)
    throw new ODataError(405, 'MethodNotAllowed', 'The HTTP method is not allowed here.', { allow: route.method });
  assertActive(state, tenant);
  return route.answer({ state, request, tenant, id: rest(request)[1] ?? '', query: pathOf(request).query });
}

function listed(
  state: CloudState,
  path: string,
  kind: string,
  rows: readonly Fields[],
  query: URLSearchParams,
  fields: Readonly<Record<string, FieldKind>>,
  expandable?: string,
): Answer {
  const { matches, top, skip, linked } = parseListing(query, fields, expandable);
  const matching = rows.filter(matches);
  const value = matching.slice(skip, skip + top);
  const more = linked && matching.length > skip + top;
  const next = `${state.urls.endpoint}/api/${path}?$skip=${skip + top}`;
  return jsonAnswer(200, { '@odata.context': context(kind), value, ...(more ? { '@odata.nextLink': next } : {}) });
}

function entity(kind: string, fields: Fields, status: number, { query }: Call): Answer {
  refuseOthers(query, []);
  return jsonAnswer(status, { '@odata.context': `${context(kind)}/$entity`, ...fields });
}

function order(call: Call, verb: 'isolate' | 'unisolate'): Answer {
  const { state, request, tenant } = call;
  const machine = findMachine(call, false);
  const action = state.machineActions.order(tenant, {
    ...parseOrder(request, verb, machine),
    type: verb === 'isolate' ? 'Isolate' : 'Unisolate',
    machineId: String(machine.id),
    computerDnsName: String(machine.computerDnsName),
    requestor: requestorOf(state, request),
  });
  if (action === undefined)
    throw new ODataError(400, 'ActiveRequestAlreadyInProgress', 'Action is already in progress');
  return entity('MachineActions', action, 201, call);
}

function findMachine({ state, tenant, id }: Call, byName: boolean): Fields {
  const wanted = id.toLowerCase();
  const machine = endpointMachines(state.world, tenant).find(
    (each) => each.id === wanted || (byName && each.computerDnsName === wanted),
  );
  return found(machine, 'Machine', id);
}

function found(row: Fields | undefined, what: string, id: string): Fields {
  if (row === undefined) throw new ODataError(404, 'ResourceNotFound', `${what} ${id} was not found.`);
  return row;
}

/** A person's name, or an application's. */
function requestorOf(state: CloudState, request: Request): string {
  const claims = state.tokens.verify(bearerOf(request) ?? '');
  const name = claims?.upn ?? claims?.preferred_username;
  if (typeof name === 'string') return name;
  const clientId = typeof claims?.appid === 'string' ? claims.appid : '';
  return state.registrations.find(clientId)?.displayName ?? clientId;
}

function context(kind: string): string {
  return `https://api.securitycenter.microsoft.com/api/$metadata#${kind}`;
}
