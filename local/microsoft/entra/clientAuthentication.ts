import type { Request } from '../answer';
import type { CredentialKind } from '../calls';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { toEpochSeconds } from '../world/time7';
import { assertionType, checkAssertion } from './clientAssertion';
import { EntraError } from './entraError';
import type { TokenForm } from './form';
import type { Registration } from './registrations';

/** What a caller showed of itself at the token endpoint. */
export interface Credentials {
  readonly clientId: string;
  readonly secret: string | undefined;
  readonly assertion: string | undefined;
  readonly assertionType: string | undefined;
}

/** From the body, or from HTTP Basic, whose two parts are form-encoded before they are joined (RFC 6749, 2.3.1). */
export function readCredentials(request: Request, form: TokenForm): Credentials {
  const basic = /^Basic ([\w+/=-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (basic === undefined) {
    return {
      clientId: form.required('client_id'),
      secret: form.get('client_secret'),
      assertion: form.get('client_assertion'),
      assertionType: form.get('client_assertion_type'),
    };
  }
  const [clientId = '', ...secret] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  const [decodedId = '', decodedSecret = ''] = [clientId, secret.join(':')].map(
    (part) => new URLSearchParams(`v=${part}`).get('v') ?? '',
  );
  return { clientId: decodedId, secret: decodedSecret, assertion: undefined, assertionType: undefined };
}

/** Which kind of credential was shown, right or wrong; an assertion of our own signing is an identity's. */
export function kindOf(state: CloudState, { secret, assertion }: Credentials): CredentialKind {
  if (assertion !== undefined) return state.tokens.verify(assertion) === undefined ? 'certificate' : 'federated';
  return secret === undefined || secret === '' ? 'none' : 'secret';
}

/** The application, where the tenant knows it: not in every tenant was it consented to.
 *  @throws EntraError unauthorized_client */
export function findClient(state: CloudState, clientId: string, tenant: Tenant): Registration {
  const client = state.registrations.find(clientId);
  if (client === undefined || !state.consents.of(tenant, client).present) throw unknownClient(clientId, tenant);
  assertEnabled(state, client, tenant);
  return client;
}

/** @throws EntraError where an administrator of the tenant switched the application off */
export function assertEnabled(state: CloudState, client: Registration, tenant: Tenant): void {
  if (!state.consents.isDisabled(tenant, client)) return;
  throw new EntraError(
    400,
    'unauthorized_client',
    7000112,
    `Application '${client.clientId}'(${client.displayName}) is disabled.`,
  );
}

export function unknownClient(clientId: string, tenant: Tenant | undefined): EntraError {
  return new EntraError(
    400,
    'unauthorized_client',
    700016,
    `Application with identifier '${clientId}' was not found in the directory '${tenant?.displayName ?? 'Microsoft Accounts'}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
  );
}

/** Whether the caller is the application it says it is; a public one has nothing to prove it by. Answers the `acr` its tokens carry.
 *  @throws EntraError 401 invalid_client */
export function authenticateUserFlow(
  state: CloudState,
  client: Registration,
  tenant: Tenant,
  credentials: Credentials,
): '0' | '1' | '2' {
  if (!client.isPublic) return checkCredential(state, client, tenant, credentials);
  if (credentials.secret === undefined && credentials.assertion === undefined) return '0';
  throw new EntraError(
    401,
    'invalid_client',
    700025,
    "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
  );
}

/** @throws EntraError 401 invalid_client */
export function checkCredential(
  state: CloudState,
  client: Registration,
  tenant: Tenant,
  { secret, assertion, assertionType: type }: Credentials,
): '1' | '2' {
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
    return '2';
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
  return '1';
}
