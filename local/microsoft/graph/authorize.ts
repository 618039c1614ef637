import type { Request } from '../answer';
import { bearerOf } from '../answer';
import type { Tenant } from '../world/incident';
import type { CloudState } from '../state';
import { graphResource } from '../entra/resources';
import { toEpochSeconds } from '../world/time7';
import { ODataError } from './odataError';

const needed = ['SecurityIncident.Read.All', 'SecurityIncident.ReadWrite.All'];

/** The customer's tenant a call may read, out of its bearer token alone.
 *  @throws ODataError 401 (token, licence) or 403 (roles), worded as Graph words them. */
export function authorizeGraph(state: CloudState, request: Request): Tenant {
  const token = bearerOf(request);
  if (token === undefined) throw unauthenticated('Access token is empty.');
  const claims = state.tokens.verify(token);
  if (claims === undefined) throw unauthenticated('IDX10511: Signature validation failed. Keys tried: 1.');
  if (claims.aud !== graphResource.uri && claims.aud !== graphResource.clientId) {
    throw unauthenticated('Access token validation failure. Invalid audience.');
  }
  const now = toEpochSeconds(state.world.clock());
  if (typeof claims.exp !== 'number' || claims.exp <= now) {
    throw unauthenticated('Lifetime validation failed, the token is expired.');
  }
  if (typeof claims.nbf === 'number' && claims.nbf > now)
    throw unauthenticated('Lifetime validation failed, the token is not yet valid.');
  const tenant = typeof claims.tid === 'string' ? state.world.findTenant(claims.tid) : undefined;
  if (tenant === undefined || claims.iss !== `https://sts.windows.net/${tenant.tenantId}/`) {
    throw unauthenticated('Access token validation failure. Invalid issuer.');
  }
  const roles = Array.isArray(claims.roles) ? claims.roles.map(String) : [];
  if (!needed.some((role) => roles.includes(role))) {
    const message = `Missing application roles. API required roles: ${needed.join(',')}, application roles: ${roles.join(',')}.`;
    throw new ODataError(403, 'Forbidden', message);
  }
  return tenant;
}

/** @throws ODataError 401 while the tenant has no licence for Defender: a token cannot cure it. */
export function assertLicensed(state: CloudState, tenant: Tenant): void {
  const licensed = tenant.index >= 0 && state.behaviour.conditionOf(tenant.tenantId) !== 'noLicence';
  if (!licensed)
    throw new ODataError(401, 'Unauthorized', 'Unauthorized request - reason of failure: Account is not provisioned.');
}

function unauthenticated(message: string): ODataError {
  return new ODataError(401, 'InvalidAuthenticationToken', message, {
    'www-authenticate': `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="${graphResource.clientId}"`,
  });
}
