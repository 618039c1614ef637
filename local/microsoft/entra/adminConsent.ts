import type { Answer } from '../answer';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { registeredRedirectUri, withParameters } from './authorizeEndpoint';
import { describe, EntraError } from './entraError';
import type { TokenForm } from './form';
import { firstPage } from './interact';
import { redirect } from './pages/html';
import { errorPage } from './pages/signInPages';
import type { Access } from './permissions';
import type { Registration } from './registrations';
import { parseScopes } from './scopes';
import { userFlowClient } from './tokenCall';

/** How the answer is worded: version 1 has an own word for every failure and names no scopes. */
export type AdminConsentVersion = 1 | 2;

/** The page where an administrator grants an application what it asks for, for the whole tenant.
 *  @see https://learn.microsoft.com/entra/identity-platform/v2-admin-consent */
export function adminConsent(
  state: CloudState,
  form: TokenForm,
  tenant: Tenant | undefined,
  version: AdminConsentVersion,
): Answer {
  let client: Registration;
  let redirectUri: string;
  try {
    client = userFlowClient(state, form.required('client_id'), tenant);
    redirectUri = registeredRedirectUri(client, form.get('redirect_uri'));
  } catch (error) {
    if (error instanceof EntraError) return errorPage(describe(error, state.world.clock).description);
    throw error;
  }
  const callersState = form.get('state');
  const fail = (refusal: EntraError): Answer =>
    redirect(withParameters(redirectUri, failure(state, refusal, callersState, version)));
  try {
    const access = version === 1 ? client.asks : accessAsked(state, client, form.required('scope'));
    const interaction = state.interactions.begin({
      ...{ client, tenant, fail },
      purpose: { kind: 'adminConsent', access },
      loginHint: form.get('login_hint'),
      stepUp: false,
      notice: 'An administrator of the organization has to sign in to review what is asked for.',
      succeed: ({ tenant: consented }) =>
        redirect(withParameters(redirectUri, success(consented, fullNames(state, access), callersState, version))),
    });
    return firstPage(state, interaction);
  } catch (error) {
    if (error instanceof EntraError) return fail(error);
    throw error;
  }
}

/** `/.default` of any resource asks for everything on the registration, whatever resource it belongs to. */
function accessAsked(state: CloudState, client: Registration, scope: string): readonly Access[] {
  const { wanted } = parseScopes(state, scope, client.displayName);
  if (wanted.some(({ whole }) => whole)) return client.asks;
  return wanted.map(({ resource, names }) => ({ resource, roles: [], scopes: names }));
}

function fullNames({ national }: CloudState, access: readonly Access[]): readonly string[] {
  return access.flatMap(({ resource, roles, scopes }) =>
    [...roles, ...scopes].map((name) => `${national.uriOf(resource)}/${name}`),
  );
}

function success(
  { tenantId }: Tenant,
  scopes: readonly string[],
  state: string | undefined,
  version: AdminConsentVersion,
): URLSearchParams {
  return new URLSearchParams({
    admin_consent: 'True',
    tenant: tenantId,
    ...(version === 2 ? { scope: scopes.join(' ') } : {}),
    ...(state === undefined ? {} : { state }),
  });
}

/** Of version 2 `admin_consent=True` stands on failure, too. */
function failure(
  cloud: CloudState,
  refusal: EntraError,
  state: string | undefined,
  version: AdminConsentVersion,
): URLSearchParams {
  const isDeclined = refusal.code === 65004;
  if (version === 1) {
    return new URLSearchParams({
      error: 'permission_denied',
      error_description: isDeclined
        ? 'The admin canceled the request'
        : describe(refusal, cloud.world.clock).description,
      ...(state === undefined ? {} : { state }),
    });
  }
  return new URLSearchParams({
    admin_consent: 'True',
    error: isDeclined ? 'consent_required' : refusal.error,
    error_description: describe(refusal, cloud.world.clock).description,
    ...(state === undefined ? {} : { state }),
  });
}
