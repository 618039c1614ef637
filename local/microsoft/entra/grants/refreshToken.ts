import type { Answer } from '../../answer';
import { assertStillSignedIn, expiredRefreshToken } from '../admission';
import { authenticateUserFlow } from '../clientAuthentication';
import { issueDelegated, whoSignedIn } from '../delegatedTokens';
import { EntraError } from '../entraError';
import { graphResource } from '../resources';
import { parseScopes } from '../scopes';
import type { TokenCall } from '../tokenCall';
import { oneResource, userFlowClient } from '../tokenCall';

/** New tokens without the user, for any resource consented to, in any tenant that lets the user in.
 *  @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#refresh-the-access-token */
export function refreshToken({ state, tenant: asked, form, credentials }: TokenCall): Promise<Answer> {
  const client = userFlowClient(state, credentials.clientId, asked);
  const credential = authenticateUserFlow(state, client, asked ?? state.world.homeTenant, credentials);
  const found = state.signIns.refreshToken(form.required('refresh_token'));
  if (found === undefined) throw refused(9002313, 'Invalid request. Request is malformed or invalid.');
  if (found.client !== client)
    throw refused(70000, 'Provided grant is invalid or malformed. The token was issued to another application.');
  if (found.usableUntil <= state.world.clock()) throw expiredRefreshToken();
  assertStillSignedIn(found.signIn);
  const scopes = parseScopes(state, form.get('scope') ?? 'openid', client.displayName);
  const { signIn } = found;
  return issueDelegated(state, {
    tenant: asked ?? signIn.user.tenant,
    client,
    signIn,
    credential,
    // A refresh token stands for offline access already: another one comes in any case.
    asked: { ...scopes, offlineAccess: true },
    wanted: oneResource(scopes, undefined, whoSignedIn(graphResource)),
  });
}

function refused(code: number, message: string): EntraError {
  return new EntraError(400, 'invalid_grant', code, message);
}
