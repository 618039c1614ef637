import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import type { AskedScopes, Wanted } from './askedScopes';
import { EntraError } from './entraError';
import { hasScope } from './permissions';
import type { Resource } from './resources';
import { graphResource } from './resources';

const ofOpenId = ['openid', 'profile', 'email', 'offline_access'];
const whole = '.default';

/** Reads a `scope` parameter of the user flows. A name without a resource is Graph's.
 *  @throws EntraError 400 invalid_scope · invalid_resource · invalid_client, as for a permission the resource does not have. */
export function parseScopes(state: CloudState, text: string, clientName: string): AskedScopes {
  const parts = text.split(' ').filter((part) => part !== '');
  if (parts.length === 0) throw badScope(text);
  const wanted: Wanted[] = [];
  for (const part of parts.filter((each) => !ofOpenId.includes(each))) {
    const at = part.lastIndexOf('/');
    const [identifier, name] =
      at < 0 ? [state.national.uriOf(graphResource), part] : [part.slice(0, at), part.slice(at + 1)];
    if (identifier === '' || name === '') throw badScope(text);
    const resource = resourceNamed(state, identifier);
    if (resource === undefined) throw unknownResource(identifier, undefined);
    if (name !== whole && !hasScope(resource, name)) throw unknownPermission(clientName, name, resource);
    add(wanted, resource, name);
  }
  return { openid: parts.includes('openid'), offlineAccess: parts.includes('offline_access'), wanted };
}

/** A resource by URI or client id; the relay's own API among them. */
export function resourceNamed(state: CloudState, identifier: string): Resource | undefined {
  const { resource } = state.registrations.api;
  return [resource.uri, resource.clientId].includes(identifier) ? resource : state.national.find(identifier);
}

/** @throws EntraError 400 invalid_resource where the tenant has no service principal for it */
export function assertResource(
  state: CloudState,
  tenant: Tenant,
  resource: Resource,
  identifier = state.national.uriOf(resource),
): void {
  if (!state.consents.hasResource(tenant, resource)) throw unknownResource(identifier, tenant);
}

export function unknownResource(identifier: string, tenant: Tenant | undefined): EntraError {
  return new EntraError(
    400,
    'invalid_resource',
    500011,
    `The resource principal named ${identifier} was not found in the tenant named ${tenant?.displayName ?? 'that was asked'}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.`,
  );
}

function add(wanted: Wanted[], resource: Resource, name: string): void {
  const position = wanted.findIndex((each) => each.resource === resource);
  const before = wanted[position] ?? { resource, names: [], whole: false };
  const after = name === whole ? { ...before, whole: true } : { ...before, names: [...before.names, name] };
  if (position < 0) wanted.push(after);
  else wanted[position] = after;
}

function badScope(text: string): EntraError {
  return new EntraError(
    400,
    'invalid_scope',
    70011,
    `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${text} is not valid.`,
  );
}

function unknownPermission(clientName: string, scope: string, { displayName }: Resource): EntraError {
  return new EntraError(
    400,
    'invalid_client',
    650053,
    `The application '${clientName}' asked for scope '${scope}' that doesn't exist on the resource '${displayName}'. Contact the app vendor.`,
  );
}
