import type { Request } from '../answer';
import { defenderResource } from '../entra/resources';
import { ODataError } from '../graph/odataError';
import { isLicensed, readerTenant } from '../readerTenant';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { isWrite } from '../writer';

/** The tenant a call may read, out of its bearer token alone.
 *  @throws ODataError 401 (token) or 403 (permissions, the user's role).
 *  @see https://learn.microsoft.com/defender-xdr/api-error-codes */
export function authorizeDefender(state: CloudState, request: Request): Tenant {
  const hunts = isHunt(request);
  const writes = !hunts && isWrite(request);
  const forIncidents = writes ? ['Incident.ReadWrite'] : ['Incident.Read', 'Incident.ReadWrite'];
  const scopes = hunts ? ['AdvancedHunting.Read'] : forIncidents;
  return readerTenant(state, request, {
    resource: defenderResource,
    roles: scopes.map((scope) => `${scope}.All`),
    scopes,
    ...(writes ? { acts: 'Alerts investigation' } : {}),
    unauthenticated: (message) => new ODataError(401, 'Unauthorized', message),
  });
}

/** Whether the call is a hunt, which needs a permission of its own. */
export function isHunt(request: Request): boolean {
  return /^\/api\/advancedhunting\/run\/?(?:\?|$)/.test(request.url);
}

/** @throws ODataError 401 while the tenant has no licence for Defender, in words seen live on the Defender APIs. */
export function assertActive(state: CloudState, tenant: Tenant): void {
  if (!isLicensed(state, tenant))
    throw new ODataError(401, 'Unauthorized', 'Unauthorized request - reason of failure: Account mode is inactive');
}
