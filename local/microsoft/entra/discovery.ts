import type { Answer } from '../answer';
import { jsonAnswer } from '../answer';
import type { CloudState } from '../state';
import { issuerV1, issuerV2 } from './claims';

/** The OpenID Connect discovery document of a tenant, or of `common` and `organizations`, whose issuer is a template; of version 1 it
 *  names the older issuer. */
export function discoveryDocument(state: CloudState, segment: string, version: 1 | 2): Answer {
  const base = `${state.urls.entra}/${segment}`;
  const tenantId = ['common', 'organizations'].includes(segment) ? '{tenantid}' : segment;
  const path = version === 2 ? '/oauth2/v2.0' : '/oauth2';
  return jsonAnswer(200, {
    token_endpoint: `${base}${path}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${base}/discovery${version === 2 ? '/v2.0' : ''}/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: version === 2 ? issuerV2(state, tenantId) : issuerV1(tenantId),
    authorization_endpoint: `${base}${path}/authorize`,
    device_authorization_endpoint: `${base}${path}/devicecode`,
    end_session_endpoint: `${base}${path}/logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'tid', 'ver', 'name', 'preferred_username'],
    tenant_region_scope: 'WW',
    cloud_instance_name: 'microsoftonline.com',
    msgraph_host: 'graph.microsoft.com',
  });
}

export function jwks(state: CloudState): Answer {
  return jsonAnswer(200, { keys: [state.tokens.publicJwk] });
}
