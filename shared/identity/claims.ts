import type { JWTPayload } from 'jose';
import { decodeJwt } from 'jose';
import { AuthError } from '../errors';

const graphAppId = '00000003-0000-0000-c000-000000000000';
/** Microsoft Threat Protection. */
const defenderAppId = '8ee8fdad-f234-4243-8f3b-15c294843740';
/** WindowsDefenderATP. */
const mdeAppId = 'fc780465-2017-40d4-a0c5-307022471b92';

export interface ExpectedClaims {
  readonly tenantId: string;
  readonly clientId: string;
  /** Of the resource asked for: `/.default`, or one of its permissions. */
  readonly scope: string;
}

/**
 * A token that does not carry what was asked for is refused before it is used or kept.
 * @throws AuthError where tenant, audience or client differ
 */
export const checkClaims = (token: string, expected: ExpectedClaims): void => {
  const claims = readable(token, expected.tenantId);
  refuse(wrongOf(claims, expected), expected.tenantId);
};

/**
 * Likewise for a token in a person's name: it has to be that person's, and not the app's own.
 * @throws AuthError where tenant, audience, client or person differ, or where it carries no `scp`
 */
export const checkUserClaims = (token: string, expected: ExpectedClaims & { readonly objectId: string }): void => {
  const claims = readable(token, expected.tenantId);
  const isPersons = typeof claims.scp === 'string' && claims.scp !== '' && claims.idtyp !== 'app';
  const wrong = [claims.oid === expected.objectId ? undefined : 'oid', isPersons ? undefined : 'scp'];
  refuse([...wrongOf(claims, expected), ...wrong], expected.tenantId);
};

/** Delegated permissions a token carries; none where it is the app's own. @throws AuthError */
export const scopesIn = (token: string, tenantId: string): readonly string[] => {
  const { scp } = readable(token, tenantId);
  return typeof scp === 'string' ? scp.split(' ').filter((scope) => scope !== '') : [];
};

/** What a scope is of: all before its last slash. */
export const resourceOf = (scope: string): string => scope.replace(/\/[^/]*$/, '');

const wrongOf = (claims: JWTPayload, expected: ExpectedClaims): readonly (string | undefined)[] => {
  const audiences = audiencesOf(resourceOf(expected.scope));
  return [
    claims.tid === expected.tenantId ? undefined : 'tid',
    typeof claims.aud === 'string' && audiences.includes(claims.aud) ? undefined : 'aud',
    (claims.appid ?? claims.azp) === expected.clientId ? undefined : 'appid',
  ];
};

const refuse = (found: readonly (string | undefined)[], tenantId: string): void => {
  const wrong = found.filter((claim) => claim !== undefined);
  if (wrong.length === 0) return;
  throw new AuthError(`Entra issued a token that is not the one asked for (${wrong.join(', ')})`, wrong.join(','), {
    tenantId,
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
