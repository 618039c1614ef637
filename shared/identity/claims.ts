import type { JWTPayload } from 'jose';
import { decodeJwt } from 'jose';
import { AuthError } from '../errors';

const graphAppId = '00000003-0000-0000-c000-000000000000';
/** Microsoft Threat Protection. */
const defenderAppId = '8ee8fdad-f234-4243-8f3b-15c294843740';
/** WindowsDefenderATP. */
const mdeAppId = 'fc780465-2017-40d4-a0c5-307022471b92';

/**
 * A token that does not carry what was asked for is refused before it is used or kept.
 * @throws AuthError where tenant, audience or client differ
 */
export const checkClaims = (token: string, expected: { tenantId: string; clientId: string; scope: string }): void => {
  const claims = readable(token, expected.tenantId);
  const resource = expected.scope.replace(/\/\.default$/, '');
  const audiences = audiencesOf(resource);
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

/** Which of a resource's names a token carries, Entra chooses. */
const audiencesOf = (resource: string): readonly string[] => {
  if (resource.includes('graph')) return [resource, `${resource}/`, graphAppId];
  if (resource.includes('.security.microsoft.')) return [resource, `${resource}/`, defenderAppId];
  if (resource.includes('.securitycenter.microsoft.')) return [resource, `${resource}/`, mdeAppId];
  return [resource];
};

const readable = (token: string, tenantId: string): JWTPayload => {
  try {
    return decodeJwt(token);
  } catch (cause) {
    throw new AuthError('Entra issued something that is no token', 'unreadable', { tenantId, cause });
  }
};
