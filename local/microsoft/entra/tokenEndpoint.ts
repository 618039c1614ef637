import type { Answer, Request } from '../answer';
import { jsonAnswer } from '../answer';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { toEpochSeconds } from '../world/time7';
import { appClaims, tokenLifeSeconds } from './claims';
import { assertionType, checkAssertion } from './clientAssertion';
import { EntraError } from './entraError';
import type { Registration } from './registrations';
import { grantedRoles, isKnownIn } from './registrations';
import type { Resource } from './resources';
import { platformResource } from './resources';

interface Credentials {
  clientId: string;
  secret: string | undefined;
  assertion: string | undefined;
  assertionType: string | undefined;
}

/** The v2 token endpoint of one tenant, for client credentials with a secret or an assertion.
 *  @throws EntraError in the order Entra finds fault.
 *  @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
export async function issueAppToken(state: CloudState, request: Request, tenant: Tenant): Promise<Answer> {
  const form = readForm(request);
  const grant = required(form, 'grant_type');
  if (grant !== 'client_credentials') {
    throw new EntraError(
      400,
      'unsupported_grant_type',
      70003,
      `The app requested an unsupported grant type '${grant}'.`,
    );
  }
  const credentials = readCredentials(request, form);
  const client = findClient(state, credentials.clientId, tenant);
  checkCredential(state, client, tenant, credentials);
  const resource = findResource(state, required(form, 'scope'), tenant);
  const roleMissing = state.behaviour.conditionOf(tenant.tenantId) === 'roleMissing';
  const claims = appClaims(state, resource, {
    tenantId: tenant.tenantId,
    clientId: client.clientId,
    principalId: state.registrations.principalId(client.clientId, tenant.tenantId),
    roles: roleMissing ? [] : grantedRoles(state.registrations, client, resource),
    credential: credentials.assertion === undefined ? '1' : '2',
  });
  return jsonAnswer(200, {
    token_type: 'Bearer',
    expires_in: tokenLifeSeconds,
    ext_expires_in: tokenLifeSeconds,
    access_token: await state.tokens.sign(claims),
  });
}

function readForm(request: Request): URLSearchParams {
  const isForm = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  return new URLSearchParams(isForm ? request.body : '');
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name) ?? '';
  if (value === '') {
    throw new EntraError(
      400,
      'invalid_request',
      900144,
      `The request body must contain the following parameter: '${name}'.`,
    );
  }
  return value;
}

/** From the body, or from HTTP Basic, whose two parts are form-encoded before they are joined (RFC 6749, 2.3.1). */
function readCredentials(request: Request, form: URLSearchParams): Credentials {
  const basic = /^Basic ([\w+/=-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic === undefined) {
    return {
      clientId: required(form, 'client_id'),
      secret: form.get('client_secret') ?? undefined,
      assertion: form.get('client_assertion') ?? undefined,
      assertionType: form.get('client_assertion_type') ?? undefined,
    };
  }
  const [clientId = '', ...secret] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  const [decodedId = '', decodedSecret = ''] = [clientId, secret.join(':')].map(
    (part) => new URLSearchParams(`v=${part}`).get('v') ?? '',
  );
  return { clientId: decodedId, secret: decodedSecret, assertion: undefined, assertionType: undefined };
}

function findClient(state: CloudState, clientId: string, tenant: Tenant): Registration {
  const client = state.registrations.find(clientId);
  const consented = tenant.index < 0 || state.behaviour.hasConsent(tenant.tenantId, clientId.toLowerCase());
  if (client !== undefined && isKnownIn(client, tenant) && consented) return client;
  throw new EntraError(
    400,
    'unauthorized_client',
    700016,
    `Application with identifier '${clientId}' was not found in the directory '${tenant.displayName}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
  );
}

function checkCredential(
  state: CloudState,
  client: Registration,
  tenant: Tenant,
  { secret, assertion, assertionType: type }: Credentials,
): void {
  if (assertion !== undefined) {
    if (type !== assertionType || secret !== undefined) {
      throw new EntraError(
        400,
        'invalid_request',
        90014,
        "An assertion comes with 'client_assertion_type' of jwt-bearer, and without a secret.",
      );
    }
    checkAssertion(state, client, tenant, assertion);
    return;
  }
  if (secret === undefined || secret === '') {
    throw new EntraError(
      401,
      'invalid_client',
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    );
  }
  const known = client.secrets.find(({ value }) => value === secret);
  if (known === undefined) {
    throw new EntraError(
      401,
      'invalid_client',
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${client.clientId}'.`,
    );
  }
  if (known.expiresAt !== undefined && known.expiresAt <= toEpochSeconds(state.world.clock())) {
    throw new EntraError(
      401,
      'invalid_client',
      7000222,
      `The provided client secret keys for app '${client.clientId}' are expired. Visit the Azure portal to create new keys for your app.`,
    );
  }
}

function findResource(state: CloudState, scope: string, tenant: Tenant): Resource {
  const scopes = scope.split(' ').filter((each) => each !== '');
  if (scopes.length > 1) {
    throw new EntraError(
      400,
      'invalid_scope',
      700022,
      `The provided value for the input parameter scope '${scope}' is not valid because it contains more than one resource.`,
    );
  }
  const identifier = scopes[0]?.endsWith('/.default') === true ? scopes[0].slice(0, -'/.default'.length) : '';
  if (identifier === '') {
    throw new EntraError(
      400,
      'invalid_scope',
      70011,
      `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${scope} is not valid.`,
    );
  }
  const { resource } = state.registrations.api;
  const isApi = tenant.index < 0 && (identifier === resource.uri || identifier === resource.clientId);
  const found = isApi ? resource : platformResource(identifier);
  if (found !== undefined) return found;
  throw new EntraError(
    400,
    'invalid_resource',
    500011,
    `The resource principal named ${identifier} was not found in the tenant named ${tenant.displayName}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.`,
  );
}
