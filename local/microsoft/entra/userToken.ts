import type { CloudState } from '../state';
import { assertAdmitted, findUser } from './admission';
import { tokenLifeSeconds } from './claims';
import { resourceNamed } from './scopes';
import { userClaims } from './userClaims';

export interface UserTokenRequest {
  userPrincipalName: string;
  /** Default the user's own. */
  tenantId?: string | undefined;
  /** URI or client id of the resource; default the relay's own API. */
  audience?: string | undefined;
  /** The application in between; default the command line. */
  clientId?: string | undefined;
  /** Default all that are granted. */
  scopes?: readonly string[] | undefined;
  /** Signed in with a second factor, default false. */
  mfa?: boolean | undefined;
  /** Default 3599; negative: already expired. */
  expiresInSeconds?: number | undefined;
}

/** The access token a user of the world would get by signing in, without the pages; consent is not asked for.
 *  @throws EntraError for a user who is unknown, blocked or of elsewhere · RangeError for what is not registered */
export function issueUserToken(state: CloudState, request: UserTokenRequest): Promise<string> {
  const { userPrincipalName, audience, clientId, mfa = false, expiresInSeconds = tokenLifeSeconds } = request;
  const client = clientId === undefined ? state.registrations.cli : state.registrations.find(clientId);
  const resource = audience === undefined ? state.registrations.api.resource : resourceNamed(state, audience);
  const tenant = request.tenantId === undefined ? undefined : state.world.findTenant(request.tenantId);
  if (client === undefined) throw new RangeError(`no registration ${clientId ?? ''}`);
  if (resource === undefined) throw new RangeError(`no resource ${audience ?? ''}`);
  if (request.tenantId !== undefined && tenant === undefined) throw new RangeError(`no tenant ${request.tenantId}`);
  const user = findUser(state, userPrincipalName, tenant);
  const signedInTo = tenant ?? user.tenant;
  assertAdmitted(state, user, signedInTo, client);
  const scopes = request.scopes ?? state.consents.scopesOf(signedInTo, client, resource, user);
  const signIn = state.signIns.begin(user, mfa);
  const credential = client.isPublic ? '0' : '1';
  const subject = { tenant: signedInTo, client, signIn, scopes, credential } as const;
  return state.tokens.sign(userClaims(state, resource, subject, expiresInSeconds));
}
