import type { Request } from './answer';
import { bearerOf } from './answer';
import type { CloudState } from './state';
import type { Tenant } from './world/incident';

/** Whether the call changes something, and so needs more than reading does. */
export function isWrite({ method }: Request): boolean {
  return method === 'PATCH' || method === 'POST';
}

/** Under which name an incident shows who wrote: a person's user name, or the application's display name. What the services show of an
 *  application is not documented. */
export function writerName(state: CloudState, request: Request, tenant: Tenant): string {
  const token = bearerOf(request);
  const claims = token === undefined ? undefined : state.tokens.verify(token);
  // A call in process brings no token.
  if (claims === undefined) return state.registrations.writer.displayName;
  if (typeof claims.scp === 'string') {
    const objectId = String(claims.oid);
    const user = state.users.find(tenant, objectId) ?? state.users.find(state.world.homeTenant, objectId);
    return user?.userPrincipalName ?? objectId;
  }
  const clientId = String(claims.appid ?? claims.azp);
  return state.registrations.find(clientId)?.displayName ?? clientId;
}
