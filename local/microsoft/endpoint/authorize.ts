import type { Request } from '../answer';
import { endpointResource } from '../entra/resources';
import { ODataError } from '../graph/odataError';
import { readerTenant } from '../readerTenant';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';

/** The tenant a call may reach, out of its bearer token alone; one of `roles` is enough, or of the delegated permissions they stand for.
 *  @throws ODataError 401 (token) or 403 (permissions, the user's role).
 *  @see https://learn.microsoft.com/defender-endpoint/api/common-errors */
export function authorizeEndpoint(state: CloudState, request: Request, roles: readonly string[]): Tenant {
  return readerTenant(state, request, {
    resource: endpointResource,
    roles,
    // Delegated permissions are named without `.All`; those of actions are the same.
    scopes: roles.map((role) => role.replace(/\.All$/, '')),
    ...(roles.includes('Machine.Isolate') ? { acts: 'Active remediation actions' } : {}),
    unauthenticated: (message) => new ODataError(401, 'Unauthorized', message),
  });
}
