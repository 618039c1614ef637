import type { Answer, Request } from '../answer';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { kindOf, readCredentials } from './clientAuthentication';
import { EntraError } from './entraError';
import { readForm } from './form';
import { authorizationCode } from './grants/authorizationCode';
import { clientCredentials } from './grants/clientCredentials';
import { deviceCode } from './grants/deviceCode';
import { onBehalfOf } from './grants/onBehalfOf';
import { refreshToken } from './grants/refreshToken';
import type { TokenCall } from './tokenCall';

const grants: Readonly<Record<string, (call: TokenCall) => Promise<Answer>>> = {
  client_credentials: clientCredentials,
  authorization_code: authorizationCode,
  refresh_token: refreshToken,
  'urn:ietf:params:oauth:grant-type:device_code': deviceCode,
  'urn:ietf:params:oauth:grant-type:jwt-bearer': onBehalfOf,
};

/** The v2 token endpoint of one tenant; without one, of `common` and `organizations`, where only users sign in.
 *  @throws EntraError in the order Entra finds fault */
export async function issueTokens(state: CloudState, request: Request, tenant: Tenant | undefined): Promise<Answer> {
  const form = readForm(request);
  const name = nameOf(form.required('grant_type'));
  const grant = Object.hasOwn(grants, name) ? grants[name] : undefined;
  if (grant === undefined)
    throw new EntraError(
      400,
      'unsupported_grant_type',
      70003,
      `The app requested an unsupported grant type '${name}'.`,
    );
  const credentials = readCredentials(request, form);
  state.calls.countGrant(state.registrations.find(credentials.clientId)?.clientId, name, kindOf(state, credentials));
  return grant({ state, tenant, form, credentials });
}

/** MSAL still asks by the name the grant had before RFC 8628, and Entra takes it. */
function nameOf(grantType: string): string {
  return grantType === 'device_code' ? 'urn:ietf:params:oauth:grant-type:device_code' : grantType;
}
