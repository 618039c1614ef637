import type { Request } from '../answer';
import { graphResource } from '../entra/resources';
import { isLicensed, openToken, readerTenant, rolesOf } from '../readerTenant';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { isWrite } from '../writer';
import { ODataError } from './odataError';

/** The tenant whose incidents a call may read, out of its bearer token alone.
 *  @throws ODataError 401 (token) or 403 (permissions, the user's role), worded as Graph words them. */
export function authorizeGraph(state: CloudState, request: Request): Tenant {
  const writes = !isHunt(request) && isWrite(request);
  const permissions = isHunt(request)
    ? ['ThreatHunting.Read.All']
    : [...(writes ? [] : ['SecurityIncident.Read.All']), 'SecurityIncident.ReadWrite.All'];
  return readerTenant(state, request, {
    resource: graphResource,
    roles: permissions,
    // Graph's names are the same in the name of a user.
    scopes: permissions,
    ...(writes ? { acts: 'Alerts investigation' } : {}),
    unauthenticated,
  });
}

/** The tenant whose directory a call may read: users, groups and partner relationships are no business of Defender's.
 *  @throws ODataError 401 (token) or 403 (permissions) */
export function authorizeDirectory(state: CloudState, request: Request, permissions: readonly string[]): Tenant {
  const { claims, tenant } = openToken(state, request, { resource: graphResource, unauthenticated });
  const held = typeof claims.scp === 'string' ? claims.scp.split(' ') : rolesOf(claims);
  if (permissions.some((each) => held.includes(each))) return tenant;
  throw new ODataError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
}

/** Whether the call is a hunt, which needs a permission of its own. */
export function isHunt(request: Request): boolean {
  return /^\/v1\.0\/security\/(?:microsoft\.graph\.security\.)?runHuntingQuery\/?(?:\?|$)/.test(request.url);
}

/** @throws ODataError 401 while the tenant has no licence for Defender: a token cannot cure it. */
export function assertLicensed(state: CloudState, tenant: Tenant): void {
  if (!isLicensed(state, tenant))
    throw new ODataError(401, 'Unauthorized', 'Unauthorized request - reason of failure: Account is not provisioned.');
}

function unauthenticated(message: string): ODataError {
  return new ODataError(401, 'InvalidAuthenticationToken', message, {
    'www-authenticate': `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="${graphResource.clientId}"`,
  });
}
