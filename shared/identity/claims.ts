import type { JWTPayload } from 'jose';
import { decodeJwt } from 'jose';
import { AuthError } from '../errors';

const graphAppId = '00000003-0000-0000-c000-000000000000';

/**
 * A token that does not carry what was asked for is refused before it is used or kept.
 * @throws AuthError where tenant, audience or client differ
 */
export const checkClaims = (token: string, expected: { tenantId: string; clientId: string; scope: string }): void => {
  const claims = readable(token, expected.tenantId);
  const resource = expected.scope.replace(/\/\.default$/, '');
  const audiences = resource.includes('graph') ? [resource, `${resource}/`, graphAppId] : [resource];
  const wrong = [
    claims.tid === expected.tenantId ? undefined : 'tid',
    typeof claims.aud === 'string' && audiences.includes(claims.aud) ? undefined : 'aud',
    (claims.appid ?? claims.azp) === expected.clientId ? undefined : 'appid',
  ].filter((claim) => claim !== undefined);
  if (wrong.length > 0)
    throw new AuthError(`Entra issued a token that is not the one asked for (${wrong.join(', ')})`, wrong.join(','), {
      tenantId: expected.tenantId,
    });
};

const readable = (token: string, tenantId: string): JWTPayload => {
  try {
    return decodeJwt(token);
  } catch (cause) {
    throw new AuthError('Entra issued something that is no token', 'unreadable', { tenantId, cause });
  }
};
