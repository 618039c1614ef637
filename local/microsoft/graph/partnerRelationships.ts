import type { Answer } from '../answer';
import { jsonAnswer } from '../answer';
import { toRelationship } from '../entra/partnerships';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { badRequest, invalidQuery } from './odataError';

export const partnerPermissions = ['DelegatedAdminRelationship.Read.All', 'DelegatedAdminRelationship.ReadWrite.All'];

const mostOnPage = 300;
const usualOnPage = 100;
const path = '/v1.0/tenantRelationships/delegatedAdminRelationships';

/** What customers let the provider's people do (GDAP); any other tenant is nobody's partner.
 *  @throws ODataError 400
 *  @see https://learn.microsoft.com/graph/api/tenantrelationship-list-delegatedadminrelationships */
export function listRelationships(state: CloudState, tenant: Tenant, query: URLSearchParams): Answer {
  const unknown = [...query.keys()].find((name) => !['$filter', '$top', '$skipToken'].includes(name));
  if (unknown !== undefined) throw invalidQuery(`The query parameter '${unknown}' is not supported.`);
  const status = parseStatus(query.get('$filter'));
  const top = parseTop(query.get('$top'));
  const from = parseSkipToken(query.get('$skipToken'));
  const all = tenant.index < 0 ? state.partnerships.list() : [];
  const matching = all.filter((each) => status === undefined || state.partnerships.statusOf(each) === status);
  const value = matching.slice(from, from + top).map((each) => toRelationship(state.partnerships, each));
  const more = matching.length > from + top;
  return jsonAnswer(200, {
    '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#tenantRelationships/delegatedAdminRelationships',
    ...(more ? { '@odata.nextLink': nextLink(state, query, from + top) } : {}),
    value,
  });
}

function nextLink(state: CloudState, query: URLSearchParams, from: number): string {
  const next = new URLSearchParams(query);
  next.set('$skipToken', Buffer.from(`from ${from}`).toString('base64url'));
  return `${state.urls.graph}${path}?${next.toString()}`;
}

function parseStatus(filter: string | null): string | undefined {
  if (filter === null) return undefined;
  const status = /^\s*status\s+eq\s+'(\w+)'\s*$/.exec(filter)?.[1];
  if (status === undefined)
    throw badRequest(`Invalid filter clause: only status eq '…' is played here, not ${filter}.`);
  return status;
}

function parseTop(top: string | null): number {
  if (top === null) return usualOnPage;
  const count = /^\d{1,6}$/.test(top) ? Number(top) : 0;
  if (count < 1 || count > mostOnPage)
    throw invalidQuery(
      `The limit of '${mostOnPage}' for Top query has been exceeded. The value from the incoming request is '${top}'.`,
    );
  return count;
}

function parseSkipToken(token: string | null): number {
  if (token === null) return 0;
  const from = /^from (\d{1,6})$/.exec(Buffer.from(token, 'base64url').toString('utf8'))?.[1];
  if (from === undefined) throw badRequest('The skip token is not valid.');
  return Number(from);
}
