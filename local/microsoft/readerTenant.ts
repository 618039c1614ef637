import type { JWTPayload } from 'jose';
import type { Request } from './answer';
import { bearerOf } from './answer';
import { defenderRoleIn } from './entra/admission';
import type { Resource } from './entra/resources';
import { ODataError } from './graph/odataError';
import type { CloudState } from './state';
import type { Tenant } from './world/incident';
import { toEpochSeconds } from './world/time7';

/** What opens a service to the bearer of a token. */
export interface Lock {
  /** Whose tokens open it. */
  resource: Resource;
  /** App roles of which one is enough. */
  roles: readonly string[];
  /** Delegated permissions of which one is enough in the name of a user, who needs a role in Defender as well. */
  scopes: readonly string[];
  /** Something is done to a machine, or to an incident: reading it is not enough. */
  acts?: 'Active remediation actions' | 'Alerts investigation';
  /** The service's 401. */
  unauthenticated: (message: string) => ODataError;
}

/** The tenant a call may read, out of its bearer token alone.
 *  @throws ODataError 401 (token) or 403 (roles, delegated permissions, the user's own role). */
export function readerTenant(state: CloudState, request: Request, lock: Lock): Tenant {
  const { claims, tenant } = openToken(state, request, lock);
  if (typeof claims.scp === 'string') {
    checkScopes(lock, claims.scp);
    checkUser(state, tenant, String(claims.oid), lock);
    return tenant;
  }
  checkRoles(lock, claims);
  return tenant;
}

/** @throws ODataError 401 */
export function openToken(
  state: CloudState,
  request: Request,
  { resource, unauthenticated }: Pick<Lock, 'resource' | 'unauthenticated'>,
): { claims: JWTPayload; tenant: Tenant } {
  const token = bearerOf(request);
  if (token === undefined) throw unauthenticated('Access token is empty.');
  const claims = state.tokens.verify(token);
  if (claims === undefined) throw unauthenticated('IDX10511: Signature validation failed. Keys tried: 1.');
  if (claims.aud !== state.national.uriOf(resource) && claims.aud !== resource.clientId) {
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
  return { claims, tenant };
}

export function rolesOf({ roles }: JWTPayload): string[] {
  return Array.isArray(roles) ? roles.map(String) : [];
}

function checkRoles({ roles: needed }: Lock, claims: JWTPayload): void {
  const roles = rolesOf(claims);
  if (needed.some((role) => roles.includes(role))) return;
  const message = `Missing application roles. API required roles: ${needed.join(',')}, application roles: ${roles.join(',')}.`;
  throw new ODataError(403, 'Forbidden', message);
}

/** How the services word this refusal is not documented: it follows the one for applications. */
function checkScopes({ scopes: needed }: Lock, scp: string): void {
  const scopes = scp.split(' ').filter((scope) => scope !== '');
  if (needed.some((scope) => scopes.includes(scope))) return;
  const message = `Missing application scopes. API required scopes: ${needed.join(',')}, application scopes: ${scopes.join(',')}.`;
  throw new ODataError(403, 'Forbidden', message);
}

/** A permission lets the application ask; what is shown is what the user may see. */
function checkUser(state: CloudState, tenant: Tenant, objectId: string, { acts }: Lock): void {
  const user = state.users.find(tenant, objectId) ?? state.users.find(state.world.homeTenant, objectId);
  const role = user === undefined ? null : defenderRoleIn(state, user, tenant);
  if (role !== null && (acts === undefined || role === 'Security Operator')) return;
  const missing = acts ?? 'View Data';
  throw new ODataError(403, 'Forbidden', `User is not authorized. The user lacks the role permission '${missing}'.`);
}

/** Whether the tenant has Defender at all; a token cannot cure it. */
export function isLicensed(state: CloudState, tenant: Tenant): boolean {
  const isWithout = ['noLicence', 'noDefender'].includes(state.behaviour.conditionOf(tenant.tenantId));
  return state.world.hasDefender(tenant) && !isWithout;
}
