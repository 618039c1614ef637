import type { Answer } from '../../answer';
import { jsonAnswer } from '../../answer';
import { appClaims, tokenLifeSeconds } from '../claims';
import { checkCredential, findClient } from '../clientAuthentication';
import { EntraError } from '../entraError';
import type { Resource } from '../resources';
import { assertResource, resourceNamed, unknownResource } from '../scopes';
import type { TokenCall } from '../tokenCall';
import { tenantOf } from '../tokenCall';
import type { CloudState } from '../../state';
import type { Tenant } from '../../world/incident';

/** An application's own token. @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
export async function clientCredentials(call: TokenCall): Promise<Answer> {
  const { state, form, credentials } = call;
  const tenant = tenantOf(call);
  const client = findClient(state, credentials.clientId, tenant);
  const credential = checkCredential(state, client, tenant, credentials);
  const resource = findResource(state, form.required('scope'), tenant);
  if (state.behaviour.isBlockedByPolicy(tenant.tenantId, client.clientId)) {
    throw new EntraError(
      400,
      'access_denied',
      53003,
      'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    );
  }
  const claims = appClaims(state, resource, {
    tenantId: tenant.tenantId,
    clientId: client.clientId,
    principalId: state.registrations.principalId(client.clientId, tenant.tenantId),
    roles: state.consents.rolesOf(tenant, client, resource),
    credential,
  });
  return jsonAnswer(200, {
    token_type: 'Bearer',
    expires_in: tokenLifeSeconds,
    ext_expires_in: tokenLifeSeconds,
    access_token: await state.tokens.sign(claims),
  });
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
  const found = resourceNamed(state, identifier);
  if (found === undefined) throw unknownResource(identifier, tenant);
  assertResource(state, tenant, found, identifier);
  return found;
}
