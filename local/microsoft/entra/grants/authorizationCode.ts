import { createHash } from 'node:crypto';
import type { Answer } from '../../answer';
import { authenticateUserFlow } from '../clientAuthentication';
import type { Authorization } from '../authorizationCodes';
import { issueDelegated, whoSignedIn } from '../delegatedTokens';
import { EntraError } from '../entraError';
import type { TokenForm } from '../form';
import { graphResource } from '../resources';
import { parseScopes } from '../scopes';
import type { TokenCall } from '../tokenCall';
import { oneResource, userFlowClient } from '../tokenCall';

/** Tokens for a code of the authorize page. @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow */
export function authorizationCode({ state, tenant: asked, form, credentials }: TokenCall): Promise<Answer> {
  const client = userFlowClient(state, credentials.clientId, asked);
  const credential = authenticateUserFlow(state, client, asked ?? state.world.homeTenant, credentials);
  const found = state.authorizationCodes.take(form.required('code'));
  if (found === 'used')
    throw refused(54005, 'OAuth2 Authorization code was already redeemed, please retry with a new valid code.');
  if (found === 'expired')
    throw refused(70008, 'The provided authorization code has expired. Send a new interactive authorization request.');
  if (found?.client !== client) throw refused(70000, "The provided value for the 'code' parameter is not valid.");
  if (asked !== undefined && asked !== found.tenant)
    throw refused(50049, 'The code was issued for another tenant than the one whose token endpoint was asked.');
  if (form.required('redirect_uri') !== found.redirectUri) {
    throw refused(
      500112,
      `The reply address '${form.required('redirect_uri')}' does not match the reply address '${found.redirectUri}' provided when requesting Authorization code.`,
    );
  }
  checkVerifier(form, found);
  const again = form.get('scope') ?? '';
  const scopes = again.trim() === '' ? found.asked : parseScopes(state, again, client.displayName);
  const wanted = oneResource(scopes, found.asked, whoSignedIn(graphResource));
  const { tenant, signIn, nonce } = found;
  return issueDelegated(state, { tenant, client, signIn, credential, asked: found.asked, wanted, nonce });
}

/** @see RFC 7636, 4.6 */
function checkVerifier(form: TokenForm, { codeChallenge }: Authorization): void {
  const verifier = form.get('code_verifier') ?? '';
  if (codeChallenge === undefined && verifier === '') return;
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  if (!/^[\w.~-]{43,128}$/.test(verifier) || challenge !== codeChallenge) {
    throw refused(501481, 'The Code_Verifier does not match the code_challenge supplied in the authorization request.');
  }
}

function refused(code: number, message: string): EntraError {
  return new EntraError(400, 'invalid_grant', code, message);
}
