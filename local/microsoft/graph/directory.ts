import type { Answer, Request } from '../answer';
import { pathOf } from '../answer';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { groupPermissions, memberGroups } from './memberGroups';
import { ODataError } from './odataError';
import { listRelationships, partnerPermissions } from './partnerRelationships';

/** A call that is about the directory, not about Defender. */
export interface DirectoryCall {
  readonly method: 'GET' | 'POST';
  readonly permissions: readonly string[];
  readonly answer: (state: CloudState, request: Request, tenant: Tenant) => Answer;
}

/** Undefined: it is about something else. */
export function directoryCall(request: Request): DirectoryCall | undefined {
  const { segments, query } = pathOf(request);
  const [version, ...rest] = segments;
  const [collection, id, verb] = rest;
  if (version !== 'v1.0') return undefined;
  if (rest.length === 2 && collection === 'tenantRelationships' && id === 'delegatedAdminRelationships') {
    return {
      method: 'GET',
      permissions: partnerPermissions,
      answer: (state, _, tenant) => listRelationships(state, tenant, query),
    };
  }
  if (rest.length === 3 && collection === 'users' && id !== undefined && isGetMemberGroups(verb)) {
    return {
      method: 'POST',
      permissions: groupPermissions,
      answer: (state, asked, tenant) => memberGroups(state, asked, tenant, id),
    };
  }
  return undefined;
}

/** @throws ODataError 405 */
export function answerDirectory(state: CloudState, request: Request, tenant: Tenant, call: DirectoryCall): Answer {
  if (request.method === call.method) return call.answer(state, request, tenant);
  throw new ODataError(405, 'MethodNotAllowed', 'Specified HTTP method is not allowed for the request target.', {
    allow: call.method,
  });
}

function isGetMemberGroups(verb: string | undefined): boolean {
  return verb === 'getMemberGroups' || verb === 'microsoft.graph.getMemberGroups';
}
