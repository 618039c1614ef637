import type { JWTPayload } from 'jose';
import type { Answer } from '../../answer';
import type { CloudState } from '../../state';
import type { Tenant } from '../../world/incident';
import { toEpochSeconds } from '../../world/time7';
import { checkCredential, findClient } from '../clientAuthentication';
import { issueDelegated, whoSignedIn } from '../delegatedTokens';
import { EntraError } from '../entraError';
import type { Registration } from '../registrations';
import { graphResource } from '../resources';
import { parseScopes } from '../scopes';
import type { SignIn } from '../signIns';
import type { TokenCall } from '../tokenCall';
import { oneResource, tenantOf } from '../tokenCall';
import type { User } from '../users';

/** A token for another API in the name of the user who called this one.
 *  @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow */
export function onBehalfOf(call: TokenCall): Promise<Answer> {
  const { state, form, credentials } = call;
  const tenant = tenantOf(call);
  const client = findClient(state, credentials.clientId, tenant);
  const credential = checkCredential(state, client, tenant, credentials);
  if (form.required('requested_token_use') !== 'on_behalf_of')
    throw new EntraError(400, 'invalid_request', 90014, "The 'requested_token_use' has to be 'on_behalf_of'.");
  const signIn = signInOf(state, client, tenant, form.required('assertion'));
  const asked = parseScopes(state, form.required('scope'), client.displayName);
  const wanted = oneResource(asked, undefined, whoSignedIn(graphResource));
  return issueDelegated(state, { tenant, client, signIn, credential, asked, wanted });
}

/** Who the assertion speaks for: it has to be a living token of a user of this tenant, for this very application. */
function signInOf(state: CloudState, client: Registration, tenant: Tenant, assertion: string): SignIn {
  const claims = state.tokens.verify(assertion);
  if (claims === undefined) throw refused(50013, 'Assertion failed signature validation.');
  const now = toEpochSeconds(state.world.clock());
  if ((claims.exp ?? 0) <= now || (claims.nbf ?? 0) > now + 300)
    throw refused(500133, 'Assertion is not within its valid time range. Ensure that the access token is not expired.');
  if (claims.aud !== client.clientId && claims.aud !== `api://${client.clientId}`)
    throw refused(
      500131,
      `Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was '${String(claims.aud)}' and the expected audience is '${client.clientId}'.`,
    );
  if (typeof claims.scp !== 'string' || claims.idtyp === 'app')
    throw refused(7000114, `Application '${client.clientId}' is not allowed to make application on-behalf-of calls.`);
  if (claims.tid !== tenant.tenantId)
    throw refused(
      50020,
      `The user of the assertion is of tenant '${String(claims.tid)}', not of '${tenant.tenantId}'.`,
    );
  const user = state.users.find(tenant, String(claims.oid));
  if (user === undefined)
    throw refused(50034, `The user account ${String(claims.oid)} does not exist in the ${tenant.domain} directory.`);
  return state.signIns.find(claims.sid) ?? elsewhere(user, claims);
}

/** A sign-in we did not see, told by the token alone. */
function elsewhere(user: User, { amr, sid, iat }: JWTPayload): SignIn {
  const mfa = Array.isArray(amr) && amr.includes('mfa');
  return { id: typeof sid === 'string' ? sid : '', user, mfa, at: BigInt(iat ?? 0) * 10_000_000n };
}

function refused(code: number, message: string): EntraError {
  return new EntraError(400, 'invalid_grant', code, message);
}
