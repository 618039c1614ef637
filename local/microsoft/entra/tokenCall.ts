import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import type { Credentials } from './clientAuthentication';
import { unknownClient } from './clientAuthentication';
import { EntraError } from './entraError';
import type { TokenForm } from './form';
import type { Registration } from './registrations';
import type { AskedScopes, Wanted } from './askedScopes';

/** One call to the token endpoint. */
export interface TokenCall {
  readonly state: CloudState;
  /** Undefined at `common` and `organizations`. */
  readonly tenant: Tenant | undefined;
  readonly form: TokenForm;
  readonly credentials: Credentials;
}

/** @throws EntraError where the call was made to no tenant of its own */
export function tenantOf({ tenant }: TokenCall): Tenant {
  if (tenant !== undefined) return tenant;
  throw new EntraError(
    400,
    'invalid_request',
    50059,
    'No tenant-identifying information found in either the request or implied by any provided credentials.',
  );
}

/** The application a user signs in to: it may do without consent until the user is known. @throws EntraError unauthorized_client */
export function userFlowClient(state: CloudState, clientId: string, tenant: Tenant | undefined): Registration {
  const client = state.registrations.find(clientId);
  if (client === undefined || (!client.multiTenant && tenant !== undefined && tenant.index >= 0))
    throw unknownClient(clientId, tenant);
  if (!client.multiTenant && tenant === undefined) {
    throw new EntraError(
      400,
      'invalid_request',
      50194,
      `Application '${client.clientId}'(${client.displayName}) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.`,
    );
  }
  return client;
}

/** The one resource a token is asked for; `before` are the scopes of the request that a code or refresh token came from.
 *  @throws EntraError invalid_request for several */
export function oneResource(asked: AskedScopes, before: AskedScopes | undefined, otherwise: Wanted): Wanted {
  if (asked.wanted.length > 1) {
    throw new EntraError(
      400,
      'invalid_request',
      28000,
      'Provided value for the input parameter scope is not valid because it contains more than one resource.',
    );
  }
  return asked.wanted[0] ?? before?.wanted[0] ?? otherwise;
}
