import { randomUUID } from 'node:crypto';
import type { Answer, Request } from '../answer';
import { jsonAnswer, pathOf } from '../answer';
import type { CloudState } from '../state';
import { randomUpdate } from '../world/believableChange';
import type { Tenant } from '../world/incident';
import { formatHttpDate, formatTime7 } from '../world/time7';
import { faultAnswer } from '../faultAnswer';
import { assertLicensed, authorizeGraph } from './authorize';
import type { View } from './incidentText';
import { parseItemQuery, parseListQuery, refuseOthers } from './listQuery';
import { badRequest, ODataError } from './odataError';
import { pageOf } from './page';

/** Graph's answer to one call, out of the world as it stands; nothing is awaited, so thousands a second can be made in process.
 *  With `trustedTenant` the call counts as made by an allowed reader of that tenant, and its token is not looked at. */
export function answerGraph(state: CloudState, request: Request, trustedTenant?: string): Answer {
  let tenant: Tenant | undefined;
  let answer: Answer;
  try {
    tenant = trustedTenant === undefined ? authorizeGraph(state, request) : trusted(state, trustedTenant);
    const fault = state.behaviour.takeFault('graph', tenant.tenantId);
    answer = fault === undefined ? answerTenant(state, request, tenant) : faultAnswer(fault);
  } catch (error) {
    if (!(error instanceof ODataError)) throw error;
    answer = errorAnswer(state, request, error);
  }
  state.calls.count('graph', tenant?.tenantId, answer.status);
  return { ...answer, headers: { ...commonHeaders(state, request), ...answer.headers } };
}

function answerTenant(state: CloudState, request: Request, tenant: Tenant): Answer {
  const { segments, query } = pathOf(request);
  const [version, security, incidents, incidentId, alerts, ...deeper] = segments;
  if (version !== 'v1.0') throw new ODataError(404, 'ResourceNotFound', `Invalid version: ${version ?? ''}.`);
  if (security !== 'security') throw noSegment(security);
  if (incidents !== 'incidents') throw noSegment(incidents);
  if (alerts !== undefined && alerts !== 'alerts') throw noSegment(alerts);
  if (deeper.length > 0) throw noSegment(deeper[0]);
  if (request.method !== 'GET') {
    throw new ODataError(405, 'MethodNotAllowed', 'Specified HTTP method is not allowed for the request target.', {
      allow: 'GET',
    });
  }
  assertLicensed(state, tenant);
  const showFutureMembers = /\binclude-unknown-enum-members\b/i.test(request.headers.prefer ?? '');
  if (incidentId === undefined) return listIncidents(state, tenant, query, showFutureMembers);
  if (alerts === undefined)
    return getIncident(state, tenant, incidentId, { ...parseItemQuery(query), showFutureMembers });
  refuseOthers(query, []);
  return listAlerts(state, tenant, incidentId, showFutureMembers);
}

function listIncidents(state: CloudState, tenant: Tenant, query: URLSearchParams, showFutureMembers: boolean): Answer {
  const asked = parseListQuery(query);
  const { rows, more, total } = pageOf(state.world.incidentsOf(tenant), asked);
  const view: View = { expandAlerts: asked.expandAlerts, showFutureMembers };
  const texts = rows.map((incident) => state.texts.incidentText(tenant, incident, view));
  const context = `https://graph.microsoft.com/v1.0/$metadata#security/incidents${asked.expandAlerts ? '(alerts())' : ''}`;
  const count = total === undefined ? '' : `"@odata.count":${total},`;
  const next = more ? `"@odata.nextLink":${JSON.stringify(nextLink(state, query, asked.skip + asked.top))},` : '';
  const answer = json(`{"@odata.context":"${context}",${count}${next}"value":[${texts.join(',')}]}`);
  moveOn(state, tenant);
  return answer;
}

function getIncident(state: CloudState, tenant: Tenant, incidentId: string, view: View): Answer {
  const text = state.texts.incidentText(tenant, find(state, tenant, incidentId), view);
  const context = `https://graph.microsoft.com/v1.0/$metadata#security/incidents${view.expandAlerts ? '(alerts())' : ''}/$entity`;
  return json(`{"@odata.context":"${context}",${text.slice(1)}`);
}

function listAlerts(state: CloudState, tenant: Tenant, incidentId: string, showFutureMembers: boolean): Answer {
  const text = state.texts.alertsText(tenant, find(state, tenant, incidentId), showFutureMembers);
  return json(
    `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#security/incidents('${incidentId}')/alerts","value":${text}}`,
  );
}

/** The same question further down: a position in a list that moves, not a place in its contents. */
function nextLink(state: CloudState, query: URLSearchParams, skip: number): string {
  const parts = [...query].filter(([name]) => name !== '$skip');
  const text = [...parts, ['$skip', String(skip)]].map(
    ([name = '', value = '']) => `${encodeURI(name)}=${encodeURIComponent(value)}`,
  );
  return `${state.urls.graph}/v1.0/security/incidents?${text.join('&')}`;
}

/** What happens in the tenant between this page and the next. */
function moveOn(state: CloudState, tenant: Tenant): void {
  const { updatesPerPage } = state.behaviour.settings;
  if (updatesPerPage <= 0) return;
  const extra = state.chance.chance(updatesPerPage % 1) ? 1 : 0;
  for (let left = Math.floor(updatesPerPage) + extra; left > 0; left--) {
    const change = randomUpdate(tenant, state.world.incidentsOf(tenant), state.chance);
    if (change !== undefined) state.world.apply(change);
  }
}

function find(state: CloudState, tenant: Tenant, incidentId: string) {
  const incident = state.world.incidentsOf(tenant).byId.get(incidentId);
  if (incident === undefined) throw new ODataError(404, 'NotFound', `Incident with id '${incidentId}' was not found.`);
  return incident;
}

function trusted(state: CloudState, tenantId: string): Tenant {
  const tenant = state.world.findTenant(tenantId);
  if (tenant === undefined) throw new RangeError(`no tenant ${tenantId} in this world`);
  return tenant;
}

function noSegment(segment = ''): ODataError {
  return badRequest(`Resource not found for the segment '${segment}'.`);
}

function json(body: string): Answer {
  return {
    status: 200,
    headers: {
      'content-type':
        'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
    },
    body,
  };
}

function commonHeaders(state: CloudState, request: Request): Record<string, string> {
  const requestId = randomUUID();
  return {
    date: formatHttpDate(state.world.clock()),
    'request-id': requestId,
    'client-request-id': request.headers['client-request-id'] ?? requestId,
    'cache-control': 'no-store, no-cache',
    'odata-version': '4.0',
  };
}

function errorAnswer(state: CloudState, request: Request, { status, code, message, headers }: ODataError): Answer {
  const ids = commonHeaders(state, request);
  const innerError = {
    date: formatTime7(state.world.clock()).slice(0, 19),
    'request-id': ids['request-id'],
    'client-request-id': ids['client-request-id'],
  };
  return jsonAnswer(status, { error: { code, message, innerError } }, { ...ids, ...headers });
}
