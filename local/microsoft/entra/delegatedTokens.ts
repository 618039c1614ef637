import type { Answer } from '../answer';
import { jsonAnswer } from '../answer';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { assertAdmitted, assertMfa, consentRequired } from './admission';
import { tokenLifeSeconds } from './claims';
import { assertEnabled } from './clientAuthentication';
import type { Registration } from './registrations';
import type { Resource } from './resources';
import type { AskedScopes, Wanted } from './askedScopes';
import { assertResource } from './scopes';
import type { SignIn } from './signIns';
import { idClaims, userClaims } from './userClaims';

export interface DelegatedRequest {
  readonly tenant: Tenant;
  readonly client: Registration;
  readonly signIn: SignIn;
  readonly credential: '0' | '1' | '2';
  readonly asked: AskedScopes;
  /** The one resource the token is for. */
  readonly wanted: Wanted;
  readonly nonce?: string | undefined;
}

/** Tokens in the name of a user, where user, tenant, Conditional Access and consent allow it.
 *  @throws EntraError 7000112 · 50020 · 50057 · 50076 · 50079 · 500011 · 65001 */
export async function issueDelegated(state: CloudState, request: DelegatedRequest): Promise<Answer> {
  const { tenant, client, signIn, credential, asked, wanted, nonce } = request;
  assertEnabled(state, client, tenant);
  assertAdmitted(state, signIn.user, tenant, client);
  assertMfa(state, signIn, tenant);
  assertResource(state, tenant, wanted.resource);
  const scopes = grantedOf(state, request);
  const subject = { tenant, client, signIn, scopes, credential };
  const { user } = signIn;
  return jsonAnswer(200, {
    token_type: 'Bearer',
    scope: scopesInAnswer(state, wanted, scopes, asked),
    expires_in: tokenLifeSeconds,
    ext_expires_in: tokenLifeSeconds,
    access_token: await state.tokens.sign(userClaims(state, wanted.resource, subject)),
    ...(asked.offlineAccess ? { refresh_token: state.signIns.newRefreshToken(signIn, client) } : {}),
    ...(asked.openid ? { id_token: await state.tokens.sign(idClaims(state, subject, nonce)) } : {}),
    client_info: Buffer.from(JSON.stringify({ uid: user.objectId, utid: user.tenant.tenantId })).toString('base64url'),
  });
}

/** All that is granted on the resource, as Entra puts it in a token: asking for less gives no less.
 *  @throws EntraError 65001 where something asked for is not among it */
function grantedOf(state: CloudState, { tenant, client, signIn, wanted }: DelegatedRequest): string[] {
  const granted = state.consents.scopesOf(tenant, client, wanted.resource, signIn.user);
  if (granted.length === 0 || wanted.names.some((name) => !granted.includes(name))) throw consentRequired(client);
  return granted;
}

function scopesInAnswer(
  { national }: CloudState,
  { resource, whole }: Wanted,
  scopes: readonly string[],
  { openid }: AskedScopes,
): string {
  const named = (name: string): string => `${national.uriOf(resource)}/${name}`;
  return [...(openid ? ['openid', 'profile'] : []), ...scopes.map(named), ...(whole ? [named('.default')] : [])].join(
    ' ',
  );
}

/** What a token is for where a request names no resource of its own: Graph, to tell who signed in. */
export function whoSignedIn(resource: Resource): Wanted {
  return { resource, names: [], whole: true };
}
