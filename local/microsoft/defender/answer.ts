import { randomUUID } from 'node:crypto';
import type { Answer, Request } from '../answer';
import { jsonAnswer, pathOf } from '../answer';
import { faultAnswer } from '../faultAnswer';
import { ODataError } from '../graph/odataError';
import { pageOf } from '../graph/page';
import { answerHunt } from '../hunting/answerHunt';
import { moveOn } from '../moveOn';
import { poisonedText } from '../poison';
import type { CloudState } from '../state';
import { trustedTenant } from '../trustedTenant';
import type { Incident, Tenant } from '../world/incident';
import { formatHttpDate } from '../world/time7';
import { assertActive, authorizeDefender, isHunt } from './authorize';
import { parseListQuery, refuseOthers } from './listQuery';
import { updateIncident } from './writeIncident';

/** The Defender XDR API's answer to one call, out of the same world Graph shows; nothing is awaited.
 *  With `trustedTenantId` the call counts as made by an allowed reader of that tenant, and its token is not looked at.
 *  @see https://learn.microsoft.com/defender-xdr/api-list-incidents · api-get-incident · api-error-codes */
export function answerDefender(state: CloudState, request: Request, trustedTenantId?: string): Answer {
  let tenant: Tenant | undefined;
  let answer: Answer;
  try {
    tenant = trustedTenantId === undefined ? authorizeDefender(state, request) : trustedTenant(state, trustedTenantId);
    admit(state, tenant);
    const fault = state.behaviour.takeFault('defender', tenant.tenantId);
    answer = fault === undefined ? answerTenant(state, request, tenant) : faultAnswer(fault);
    if (answer.status === 429) state.rates.announce('defender', tenant.tenantId, answer.headers['retry-after']);
  } catch (error) {
    if (!(error instanceof ODataError)) throw error;
    answer = errorAnswer(error);
  }
  state.calls.count('defender', tenant?.tenantId, answer.status);
  return { ...answer, headers: { ...commonHeaders(state), ...answer.headers } };
}

/** @throws ODataError 429 while the tenant's rate is used up; the wait is in the words, too. */
function admit(state: CloudState, { tenantId }: Tenant): void {
  const waitSeconds = state.rates.admit('defender', tenantId);
  if (waitSeconds === undefined) return;
  throw new ODataError(
    429,
    'TooManyRequests',
    `Too many requests. You have exceeded the allowed number of calls. Try again in ${waitSeconds} seconds.`,
    { 'retry-after': String(waitSeconds) },
  );
}

function answerTenant(state: CloudState, request: Request, tenant: Tenant): Answer {
  const { segments, query } = pathOf(request);
  const [api, incidents, incidentId, ...deeper] = segments;
  if (isHunt(request) && request.method === 'POST') {
    assertActive(state, tenant);
    return answerHunt(state, request, tenant, 'defender');
  }
  if (api !== 'api' || incidents !== 'incidents' || deeper.length > 0)
    throw new ODataError(404, 'ResourceNotFound', `No resource was found that matches '/${segments.join('/')}'.`);
  const allowed = incidentId === undefined ? ['GET'] : ['GET', 'PATCH'];
  if (!allowed.includes(request.method)) {
    throw new ODataError(405, 'MethodNotAllowed', `The method '${request.method}' is not allowed here.`, {
      allow: allowed.join(', '),
    });
  }
  assertActive(state, tenant);
  if (incidentId === undefined) {
    state.behaviour.beforeList?.(tenant, request.url);
    return listIncidents(state, tenant, query);
  }
  refuseOthers(query, []);
  if (request.method === 'PATCH') updateIncident(state, request, tenant, find(state, tenant, incidentId));
  return getIncident(state, tenant, incidentId);
}

function listIncidents(state: CloudState, tenant: Tenant, query: URLSearchParams): Answer {
  const { rows: whole } = pageOf(state.world.incidentsOf(tenant), parseListQuery(query));
  const warning = state.behaviour.takePartial(tenant.tenantId);
  const rows = warning === undefined ? whole : whole.slice(0, Math.floor(whole.length / 2));
  const texts = rows.map((incident) => shownText(state, tenant, incident));
  const answer = json(`{"@odata.context":"${metadata}","value":[${texts.join(',')}]}`);
  moveOn(state, tenant);
  return warning === undefined ? answer : { ...answer, status: 206, headers: { ...answer.headers, warning } };
}

function getIncident(state: CloudState, tenant: Tenant, incidentId: string): Answer {
  const incident = find(state, tenant, incidentId);
  if (state.behaviour.poisonsOf(tenant.tenantId)?.get(incidentId)?.itemFails === true) throw internalError();
  return json(`{"@odata.context":"${metadata}/$entity",${shownText(state, tenant, incident).slice(1)}`);
}

function find(state: CloudState, tenant: Tenant, incidentId: string): Incident {
  const incident = state.world.incidentsOf(tenant).byId.get(incidentId);
  if (incident === undefined) throw new ODataError(404, 'NotFound', `Incident ${incidentId} was not found.`);
  return incident;
}

/** @throws ODataError 500 where its alerts cannot be shown: this API has no answer without them. */
function shownText(state: CloudState, tenant: Tenant, incident: Incident): string {
  const poison = state.behaviour.poisonsOf(tenant.tenantId)?.get(incident.id);
  if (poison?.expandFails === true) throw internalError();
  return poisonedText(state.defenderTexts.incidentText(tenant, incident), poison);
}

const metadata = 'https://api.security.microsoft.com/api/$metadata#Incidents';

/** The documentation says it may have no message. */
function internalError(): ODataError {
  return new ODataError(500, 'InternalServerError', '');
}

function json(body: string): Answer {
  return { status: 200, headers: { 'content-type': 'application/json; odata.metadata=minimal; charset=utf-8' }, body };
}

function commonHeaders(state: CloudState): Record<string, string> {
  return { date: formatHttpDate(state.world.clock()), 'odata-version': '4.0' };
}

function errorAnswer({ status, code, message, headers }: ODataError): Answer {
  return jsonAnswer(status, { error: { code, message, target: randomUUID() } }, headers);
}
