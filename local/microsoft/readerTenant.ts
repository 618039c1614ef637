import type { Request } from './answer';
import { bearerOf } from './answer';
import type { Resource } from './entra/resources';
import { ODataError } from './graph/odataError';
import type { CloudState } from './state';
import type { Tenant } from './world/incident';
import { toEpochSeconds } from './world/time7';

export interface Lock {
  /** Whose tokens open it. */
  resource: Resource;
  /** App roles of which one is enough. */
  roles: readonly string[];
  /** The service's 401. */
  unauthenticated: (message: string) => ODataError;
}

/** The customer's tenant a call may read, out of its bearer token alone.
 *  @throws ODataError 401 (token) or 403 (roles). */
export function readerTenant(
  state: CloudState,
  request: Request,
  { resource, roles: needed, unauthenticated }: Lock,
): Tenant {
  const token = bearerOf(request);
  if (token === undefined) throw unauthenticated('Access token is empty.');
  const claims = state.tokens.verify(token);
  if (claims === undefined) throw unauthenticated('IDX10511: Signature validation failed. Keys tried: 1.');
  if (claims.aud !== resource.uri && claims.aud !== resource.clientId) {
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

/** Whether the tenant has Defender at all; a token cannot cure it. */
export function isLicensed(state: CloudState, tenant: Tenant): boolean {
  return tenant.index >= 0 && state.behaviour.conditionOf(tenant.tenantId) !== 'noLicence';
}
