import { randomUUID } from 'node:crypto';
import type { Answer, Request } from '../answer';
import { jsonAnswer, pathOf } from '../answer';
import type { CloudState } from '../state';
import type { Incident, Tenant } from '../world/incident';
import { formatHttpDate, formatTime7 } from '../world/time7';
import { faultAnswer } from '../faultAnswer';
import { answerHunt } from '../hunting/answerHunt';
import { moveOn } from '../moveOn';
import { poisonedText } from '../poison';
import { trustedTenant } from '../trustedTenant';
import { assertLicensed, authorizeDirectory, authorizeGraph, isHunt } from './authorize';
import type { DirectoryCall } from './directory';
import { answerDirectory, directoryCall } from './directory';
import type { View } from './incidentText';
import { parseItemQuery, parseListQuery, refuseOthers } from './listQuery';
import { badRequest, ODataError } from './odataError';
import { pageOf } from './page';
import { addComment, updateIncident } from './writeIncident';

/** Graph's answer to one call, out of the world as it stands; nothing is awaited, so thousands a second can be made in process.
 *  With `trustedTenantId` the call counts as made by an allowed reader of that tenant, and its token is not looked at. */
export function answerGraph(state: CloudState, request: Request, trustedTenantId?: string): Answer {
  let tenant: Tenant | undefined;
  let answer: Answer;
  try {
    const directory = directoryCall(request);
    tenant =
      trustedTenantId === undefined ? authorize(state, request, directory) : trustedTenant(state, trustedTenantId);
    admit(state, tenant);
    const fault = state.behaviour.takeFault('graph', tenant.tenantId);
    if (fault !== undefined) answer = faultAnswer(fault);
    else if (directory !== undefined) answer = answerDirectory(state, request, tenant, directory);
    else answer = answerTenant(state, request, tenant);
    if (answer.status === 429) state.rates.announce('graph', tenant.tenantId, answer.headers['retry-after']);
  } catch (error) {
    if (!(error instanceof ODataError)) throw error;
    answer = errorAnswer(state, request, error);
  }
  state.calls.count('graph', tenant?.tenantId, answer.status);
  return { ...answer, headers: { ...commonHeaders(state, request), ...answer.headers } };
}

function authorize(state: CloudState, request: Request, directory: DirectoryCall | undefined): Tenant {
  return directory === undefined
    ? authorizeGraph(state, request)
    : authorizeDirectory(state, request, directory.permissions);
}

/** @throws ODataError 429 while the tenant's rate is used up. */
function admit(state: CloudState, { tenantId }: Tenant): void {
  const waitSeconds = state.rates.admit('graph', tenantId);
  if (waitSeconds === undefined) return;
  throw new ODataError(429, 'TooManyRequests', 'Too many requests.', { 'retry-after': String(waitSeconds) });
}

function answerTenant(state: CloudState, request: Request, tenant: Tenant): Answer {
  const { segments, query } = pathOf(request);
  const [version, security, incidents, incidentId, part, ...deeper] = segments;
  if (version !== 'v1.0') throw new ODataError(404, 'ResourceNotFound', `Invalid version: ${version ?? ''}.`);
  if (security !== 'security' || !state.national.hasGraphSecurity) throw noSegment(security);
  if (isHunt(request) && request.method === 'POST') {
    assertLicensed(state, tenant);
    return answerHunt(state, request, tenant, 'graph');
  }
  if (incidents !== 'incidents') throw noSegment(incidents);
  if (part !== undefined && part !== 'alerts' && part !== 'comments') throw noSegment(part);
  if (deeper.length > 0) throw noSegment(deeper[0]);
  assertMethod(request, incidentId, part);
  assertLicensed(state, tenant);
  if (incidentId !== undefined && request.method !== 'GET')
    return writeIncident(state, request, tenant, incidentId, query);
  const showFutureMembers = /\binclude-unknown-enum-members\b/i.test(request.headers.prefer ?? '');
  if (incidentId === undefined) {
    state.behaviour.beforeList?.(tenant, request.url);
    return listIncidents(state, tenant, query, showFutureMembers);
  }
  if (part === undefined)
    return getIncident(state, tenant, incidentId, { ...parseItemQuery(query), showFutureMembers });
  refuseOthers(query, []);
  return listAlerts(state, tenant, incidentId, showFutureMembers);
}

/** Incidents and their alerts are read, one incident is patched, comments are posted. */
function assertMethod({ method }: Request, incidentId: string | undefined, part: string | undefined): void {
  const whole = incidentId === undefined || part === 'alerts' ? ['GET'] : ['GET', 'PATCH'];
  const allowed = part === 'comments' ? ['POST'] : whole;
  if (allowed.includes(method)) return;
  throw new ODataError(405, 'MethodNotAllowed', 'Specified HTTP method is not allowed for the request target.', {
    allow: allowed.join(', '),
  });
}

/** A PATCH answers the incident without its alerts, a comment all comments of the incident. */
function writeIncident(
  state: CloudState,
  request: Request,
  tenant: Tenant,
  incidentId: string,
  query: URLSearchParams,
): Answer {
  refuseOthers(query, []);
  const incident = find(state, tenant, incidentId);
  if (request.method === 'PATCH') {
    updateIncident(state, request, tenant, incident);
    const showFutureMembers = /\binclude-unknown-enum-members\b/i.test(request.headers.prefer ?? '');
    return getIncident(state, tenant, incidentId, { expandAlerts: false, showFutureMembers });
  }
  addComment(state, request, tenant, incident);
  const comments = JSON.stringify(incident.comments);
  return json(
    `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#Collection(microsoft.graph.security.alertComment)","value":${comments}}`,
  );
}

function listIncidents(state: CloudState, tenant: Tenant, query: URLSearchParams, showFutureMembers: boolean): Answer {
  const asked = parseListQuery(query);
  const { rows: whole, more, total } = pageOf(state.world.incidentsOf(tenant), asked);
  const warning = state.behaviour.takePartial(tenant.tenantId);
  const rows = warning === undefined ? whole : whole.slice(0, Math.floor(whole.length / 2));
  const view: View = { expandAlerts: asked.expandAlerts, showFutureMembers };
  const texts = rows.map((incident) => shownText(state, tenant, incident, view));
  const context = `https://graph.microsoft.com/v1.0/$metadata#security/incidents${asked.expandAlerts ? '(alerts())' : ''}`;
  const count = total === undefined ? '' : `"@odata.count":${total},`;
  const next =
    more && warning === undefined
      ? `"@odata.nextLink":${JSON.stringify(nextLink(state, query, asked.skip + asked.top))},`
      : '';
  const answer = json(`{"@odata.context":"${context}",${count}${next}"value":[${texts.join(',')}]}`);
  moveOn(state, tenant);
  return warning === undefined ? answer : { ...answer, status: 206, headers: { ...answer.headers, warning } };
}

function getIncident(state: CloudState, tenant: Tenant, incidentId: string, view: View): Answer {
  const incident = find(state, tenant, incidentId);
  if (state.behaviour.poisonsOf(tenant.tenantId)?.get(incidentId)?.itemFails === true) throw internalError();
  const text = shownText(state, tenant, incident, view);
  const context = `https://graph.microsoft.com/v1.0/$metadata#security/incidents${view.expandAlerts ? '(alerts())' : ''}/$entity`;
  return json(`{"@odata.context":"${context}",${text.slice(1)}`);
}

function listAlerts(state: CloudState, tenant: Tenant, incidentId: string, showFutureMembers: boolean): Answer {
  const incident = find(state, tenant, incidentId);
  if (state.behaviour.poisonsOf(tenant.tenantId)?.get(incidentId)?.alertsFail === true) throw internalError();
  const text = state.texts.alertsText(tenant, incident, showFutureMembers);
  return json(
    `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#security/incidents('${incidentId}')/alerts","value":${text}}`,
  );
}

/** @throws ODataError 500 where its alerts cannot be shown with it. */
function shownText(state: CloudState, tenant: Tenant, incident: Incident, view: View): string {
  const poison = state.behaviour.poisonsOf(tenant.tenantId)?.get(incident.id);
  if (view.expandAlerts && poison?.expandFails === true) throw internalError();
  return poisonedText(state.texts.incidentText(tenant, incident, view), poison);
}

/** The same question further down: a position in a list that moves, not a place in its contents. */
function nextLink(state: CloudState, query: URLSearchParams, skip: number): string {
  const parts = [...query].filter(([name]) => name !== '$skip');
  const text = [...parts, ['$skip', String(skip)]].map(
    ([name = '', value = '']) => `${encodeURI(name)}=${encodeURIComponent(value)}`,
  );
  return `${state.urls.graph}/v1.0/security/incidents?${text.join('&')}`;
}

function find(state: CloudState, tenant: Tenant, incidentId: string): Incident {
  const incident = state.world.incidentsOf(tenant).byId.get(incidentId);
  if (incident === undefined) throw new ODataError(404, 'NotFound', `Incident with id '${incidentId}' was not found.`);
  return incident;
}

function internalError(): ODataError {
  return new ODataError(500, 'InternalServerError', 'An internal server error has occurred.');
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
