import { createHash, randomBytes } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { CloudState } from '../state';
import type { Tenant } from '../world/incident';
import { toEpochSeconds } from '../world/time7';
import { defenderRoleIn } from './admission';
import { issuerV1, issuerV2, timesFrom, tokenLifeSeconds } from './claims';
import { roleTemplates } from './partnerships';
import type { Registration } from './registrations';
import type { Resource } from './resources';
import type { SignIn } from './signIns';

/** Whom a delegated token speaks for, through which application. */
export interface UserSubject {
  readonly tenant: Tenant;
  readonly client: Registration;
  readonly signIn: SignIn;
  /** Short names, as they stand in `scp`. */
  readonly scopes: readonly string[];
  /** `0` for a public client, `1` for a secret, `2` for a certificate or a managed identity. */
  readonly credential: '0' | '1' | '2';
}

/** More groups than this are not named in a token. @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference */
const mostGroups = 200;

/** Claims of a token in the name of a user, in the shape the resource takes. */
export function userClaims(
  state: CloudState,
  resource: Resource,
  subject: UserSubject,
  lifeSeconds = tokenLifeSeconds,
): JWTPayload {
  const { tenant, client, signIn, scopes, credential } = subject;
  const { user } = signIn;
  const common = {
    ...timesFrom(state, lifeSeconds),
    oid: user.objectId,
    sub: pairwise(user.objectId, tenant.tenantId, resource.clientId),
    tid: tenant.tenantId,
    name: user.displayName,
    scp: scopes.join(' '),
    sid: signIn.id,
    uti: randomBytes(16).toString('base64url'),
    ...rolesOf(state, resource, subject),
    ...groupsOf(state, resource, subject),
    ...(user.tenant === tenant ? {} : { idp: issuerV1(user.tenant.tenantId) }),
  };
  if (resource.tokenVersion === 2) {
    return {
      aud: resource.clientId,
      iss: issuerV2(state, tenant.tenantId),
      ...common,
      preferred_username: user.userPrincipalName,
      azp: client.clientId,
      azpacr: credential,
      ver: '2.0',
    };
  }
  return {
    aud: state.national.uriOf(resource),
    iss: issuerV1(tenant.tenantId),
    ...common,
    acr: '1',
    amr: signIn.mfa ? ['pwd', 'mfa'] : ['pwd'],
    upn: user.userPrincipalName,
    unique_name: user.userPrincipalName,
    wids: widsOf(state, subject),
    appid: client.clientId,
    appidacr: credential,
    ver: '1.0',
  };
}

/** What tells the application who signed in. @see https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference */
export function idClaims(
  state: CloudState,
  { tenant, client, signIn }: UserSubject,
  nonce: string | undefined,
): JWTPayload {
  const { user } = signIn;
  return {
    aud: client.clientId,
    iss: issuerV2(state, tenant.tenantId),
    ...timesFrom(state, tokenLifeSeconds),
    auth_time: toEpochSeconds(signIn.at),
    name: user.displayName,
    preferred_username: user.userPrincipalName,
    oid: user.objectId,
    sub: pairwise(user.objectId, tenant.tenantId, client.clientId),
    tid: tenant.tenantId,
    sid: signIn.id,
    ...(nonce === undefined ? {} : { nonce }),
    ver: '2.0',
  };
}

/** App roles are held on the relay's own API alone. */
function rolesOf(state: CloudState, resource: Resource, { signIn: { user } }: UserSubject): JWTPayload {
  const isApi = resource === state.registrations.api.resource;
  return isApi && user.apiRoles.length > 0 ? { roles: [...user.apiRoles] } : {};
}

/** The API's registration asks for groups; too many are replaced by where to look them up. */
function groupsOf(state: CloudState, resource: Resource, { signIn: { user }, tenant }: UserSubject): JWTPayload {
  if (resource !== state.registrations.api.resource || user.groups.length === 0) return {};
  if (user.groups.length <= mostGroups) return { groups: [...user.groups] };
  const endpoint = `https://graph.windows.net/${tenant.tenantId}/users/${user.objectId}/getMemberObjects`;
  return { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint } } };
}

function widsOf(state: CloudState, { signIn: { user }, tenant }: UserSubject): string[] {
  const role = defenderRoleIn(state, user, tenant);
  const isAdministrator = user.administrator && user.tenant === tenant;
  if (isAdministrator) return [roleTemplates['Global Administrator']];
  return role === null ? [] : [roleTemplates[role]];
}

/** One user has another subject towards each application. */
function pairwise(...parts: string[]): string {
  return createHash('sha256').update(parts.join(' ')).digest('base64url');
}
