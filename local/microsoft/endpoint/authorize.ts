import type { Request } from '../answer';
import { endpointResource } from '../entra/resources';
import { ODataError } from '../graph/odataError';
import { readerTenant } from '../readerTenant';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';

/** The customer's tenant a call may reach, out of its bearer token alone; one of `roles` is enough.
 *  @throws ODataError 401 (token) or 403 (roles).
 *  @see https://learn.microsoft.com/defender-endpoint/api/common-errors */
export function authorizeEndpoint(state: CloudState, request: Request, roles: readonly string[]): Tenant {
  return readerTenant(state, request, {
    resource: endpointResource,
    roles,
    unauthenticated: (message) => new ODataError(401, 'Unauthorized', message),
  });
}
