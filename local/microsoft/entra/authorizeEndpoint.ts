import { randomUUID } from 'node:crypto';
import type { Answer } from '../answer';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { describe, EntraError } from './entraError';
import type { TokenForm } from './form';
import { firstPage } from './interact';
import { redirect } from './pages/html';
import { errorPage } from './pages/signInPages';
import type { Registration } from './registrations';
import { isRedirectUri } from './registrations';
import { graphResource } from './resources';
import type { AskedScopes } from './askedScopes';
import { parseScopes } from './scopes';
import { userFlowClient } from './tokenCall';

interface ReplyTo {
  readonly redirectUri: string;
  readonly mode: 'query' | 'fragment';
  readonly state: string | undefined;
}

/** The first page of a user's sign-in in a browser. Who the application is and where its answers go is checked before anything is
 *  sent there; every other fault is.
 *  @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow */
export function authorize(state: CloudState, form: TokenForm, tenant: Tenant | undefined): Answer {
  let client: Registration;
  let replyTo: ReplyTo;
  try {
    client = userFlowClient(state, form.required('client_id'), tenant);
    replyTo = readReplyTo(form, client);
  } catch (error) {
    if (error instanceof EntraError) return errorPage(describe(error, state.world.clock).description);
    throw error;
  }
  try {
    return signInPage(state, { form, client, tenant, replyTo });
  } catch (error) {
    if (error instanceof EntraError) return replyError(state, replyTo, error);
    throw error;
  }
}

/** @throws EntraError 50011 for an address that is not registered */
export function registeredRedirectUri(client: Registration, asked: string | undefined): string {
  const uri = asked ?? client.redirectUris[0];
  if (uri !== undefined && isRedirectUri(client, uri)) return uri;
  throw new EntraError(
    400,
    'invalid_request',
    50011,
    `The redirect URI '${uri ?? ''}' specified in the request does not match the redirect URIs configured for the application '${client.clientId}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.`,
  );
}

function readReplyTo(form: TokenForm, client: Registration): ReplyTo {
  const redirectUri = registeredRedirectUri(client, form.get('redirect_uri'));
  const mode = form.get('response_mode') ?? 'query';
  if (mode === 'query' || mode === 'fragment') return { redirectUri, mode, state: form.get('state') };
  throw new EntraError(
    400,
    'invalid_request',
    70007,
    `'${mode}' is not a supported value of 'response_mode' when requesting a token.`,
  );
}

interface SignInRequest {
  readonly form: TokenForm;
  readonly client: Registration;
  readonly tenant: Tenant | undefined;
  readonly replyTo: ReplyTo;
}

/** @throws EntraError for the application to hear */
function signInPage(state: CloudState, { form, client, tenant, replyTo }: SignInRequest): Answer {
  const responseType = form.required('response_type');
  if (responseType !== 'code') {
    throw new EntraError(
      400,
      'unsupported_response_type',
      700054,
      `response_type '${responseType}' is not enabled for the application.`,
    );
  }
  const codeChallenge = readCodeChallenge(form, client);
  const asked = parseScopes(state, form.required('scope'), client.displayName);
  const prompt = form.get('prompt');
  if (prompt === 'none') {
    throw new EntraError(
      400,
      'login_required',
      50058,
      'A silent sign-in request was sent but no user is signed in. The cookies used to represent the user session were not sent.',
    );
  }
  const interaction = state.interactions.begin({
    client,
    tenant,
    purpose: { kind: 'signIn', wanted: wantedOf(asked), ask: prompt === 'consent' },
    loginHint: form.get('login_hint'),
    stepUp: asksForSecondFactor(form.get('claims')),
    notice: undefined,
    succeed: ({ signIn, tenant: signedInTo }) => {
      const code = state.authorizationCodes.add({
        ...{ client, signIn, asked, codeChallenge },
        tenant: signedInTo,
        redirectUri: replyTo.redirectUri,
        nonce: form.get('nonce'),
      });
      return reply(replyTo, { code, session_state: randomUUID() });
    },
    fail: (refusal) => replyError(state, replyTo, refusal),
  });
  return firstPage(state, interaction);
}

/** A sign-in alone asks for the user's own profile. */
export function wantedOf({ wanted }: AskedScopes): AskedScopes['wanted'] {
  return wanted.length > 0 ? wanted : [{ resource: graphResource, names: ['User.Read'], whole: false }];
}

/** Entra takes codes of public clients without PKCE, too; here they have to use it, and S256. */
function readCodeChallenge(form: TokenForm, client: Registration): string | undefined {
  const challenge = form.get('code_challenge');
  if (challenge === undefined && !client.isPublic) return undefined;
  const isS256 = form.get('code_challenge_method') === 'S256' && /^[\w-]{43}$/.test(challenge ?? '');
  if (isS256) return challenge;
  throw new EntraError(
    400,
    'invalid_request',
    50147,
    'The code_challenge is missing or its size is not valid: a public client has to send one of method S256.',
  );
}

/** What a refusal of Conditional Access gave the application to ask for. */
function asksForSecondFactor(claims: string | undefined): boolean {
  return claims?.includes('capolids') ?? false;
}

function replyError(state: CloudState, replyTo: ReplyTo, refusal: EntraError): Answer {
  const { description } = describe(refusal, state.world.clock);
  const { claims, suberror } = refusal.more;
  return reply(replyTo, {
    error: refusal.error,
    error_description: description,
    ...(claims === undefined ? {} : { claims }),
    ...(suberror === undefined ? {} : { error_subcode: suberror }),
    ...(refusal.code === 65004 ? { error_subcode: 'cancel' } : {}),
  });
}

function reply({ redirectUri, mode, state }: ReplyTo, members: Record<string, string>): Answer {
  const parameters = new URLSearchParams({ ...members, ...(state === undefined ? {} : { state }) });
  return redirect(withParameters(redirectUri, parameters, mode));
}

export function withParameters(uri: string, parameters: URLSearchParams, mode: 'query' | 'fragment' = 'query'): string {
  if (mode === 'fragment') return `${uri}#${parameters.toString()}`;
  return `${uri}${uri.includes('?') ? '&' : '?'}${parameters.toString()}`;
}
