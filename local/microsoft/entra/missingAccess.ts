import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { EntraError } from './entraError';
import type { Access } from './permissions';
import type { Registration } from './registrations';
import type { Wanted } from './askedScopes';
import type { User } from './users';

interface Question {
  readonly client: Registration;
  readonly tenant: Tenant;
  readonly user: User;
  readonly wanted: readonly Wanted[];
  /** What is granted already is asked again. */
  readonly ask: boolean;
}

/** Delegated permissions that this user has to consent to before the application gets them.
 *  @throws EntraError 650057 for `/.default` of a resource that the registration does not list */
export function missingAccess(state: CloudState, { client, tenant, user, wanted, ask }: Question): Access[] {
  return wanted.flatMap(({ resource, names, whole }) => {
    const granted = state.consents.scopesOf(tenant, client, resource, user);
    const listed = [...client.asks, ...client.besides]
      .filter((each) => each.resource === resource)
      .flatMap(({ scopes }) => scopes);
    if (whole && listed.length === 0 && granted.length === 0) {
      throw new EntraError(
        400,
        'invalid_resource',
        650057,
        `Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration. Client app ID: ${client.clientId}. Resource value from request: ${state.national.uriOf(resource)}.`,
      );
    }
    // With anything granted, /.default is content with it.
    const asked = [...names, ...(whole && (granted.length === 0 || ask) ? listed : [])];
    const scopes = [...new Set(asked)].filter((name) => ask || !granted.includes(name));
    return scopes.length === 0 ? [] : [{ resource, roles: [], scopes }];
  });
}
