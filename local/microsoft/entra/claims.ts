import type { JWTPayload } from 'jose';
import type { CloudState } from '../state';
import { guidOf } from '../world/random';
import { toEpochSeconds } from '../world/time7';
import type { Resource } from './resources';
import { graphResource } from './resources';
import { resourceNamed } from './scopes';

export const tokenLifeSeconds = 3_599;

/** Who an application token is for. */
export interface AppSubject {
  tenantId: string;
  clientId: string;
  principalId: string;
  roles: readonly string[];
  /** `1` for a secret, `2` for a certificate or a managed identity. */
  credential: '1' | '2';
}

/** Claims of an application's own token, in the shape the resource takes.
 *  @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference */
export function appClaims(
  state: CloudState,
  resource: Resource,
  subject: AppSubject,
  lifeSeconds = tokenLifeSeconds,
): JWTPayload {
  const { tenantId, clientId, principalId, roles, credential } = subject;
  // Nothing granted shows as no claim, not as an empty one.
  const granted = roles.length > 0 ? { roles: [...roles] } : {};
  const common = {
    ...timesFrom(state, lifeSeconds),
    idtyp: 'app',
    oid: principalId,
    sub: principalId,
    tid: tenantId,
    ...granted,
  };
  if (resource.tokenVersion === 2) {
    return {
      aud: resource.clientId,
      iss: issuerV2(state, tenantId),
      ...common,
      azp: clientId,
      azpacr: credential,
      ver: '2.0',
    };
  }
  const iss = issuerV1(tenantId);
  // Of all resources only Graph is told the application's name.
  const displayName = state.registrations.find(clientId)?.displayName;
  const named = resource === graphResource && displayName !== undefined ? { app_displayname: displayName } : {};
  const aud = state.national.uriOf(resource);
  return { aud, iss, ...common, ...named, idp: iss, appid: clientId, appidacr: credential, ver: '1.0' };
}

export interface TokenRequest {
  tenantId: string;
  /** URI or client id of the resource; default the relay's own API. */
  audience?: string | undefined;
  roles?: readonly string[] | undefined;
  groups?: readonly string[] | undefined;
  oid?: string | undefined;
  /** Makes it a user's token. */
  scp?: string | undefined;
  name?: string | undefined;
  /** Default 3599; negative: already expired. */
  expiresInSeconds?: number | undefined;
  /** Claims to forge; null leaves one out. Still signed with the real key. */
  overrides?: Record<string, unknown> | undefined;
}

/** A token for a demo or test caller, as if that caller had signed in to `tenantId`. */
export function issueToken(state: CloudState, request: TokenRequest): Promise<string> {
  const {
    tenantId,
    audience,
    roles = [],
    groups,
    scp,
    name = 'Adele Vance',
    expiresInSeconds = tokenLifeSeconds,
  } = request;
  const { api, operator } = state.registrations;
  const resource = audience === undefined ? api.resource : resourceFor(state, audience);
  const principalId = request.oid ?? guidOf(tenantId, 'caller', name);
  const claims = appClaims(
    state,
    resource,
    { tenantId, clientId: operator.clientId, principalId, roles, credential: '1' },
    expiresInSeconds,
  );
  const user = {
    idtyp: undefined,
    scp,
    name,
    preferred_username: `${name.toLowerCase().replaceAll(' ', '.')}@example.com`,
  };
  const all: JWTPayload = {
    ...claims,
    ...(scp === undefined ? {} : user),
    ...(groups === undefined ? {} : { groups }),
    ...request.overrides,
  };
  return state.tokens.sign(
    Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null && value !== undefined)),
  );
}

export function issuerV1(tenantId: string): string {
  return `https://sts.windows.net/${tenantId}/`;
}

/** Equals what the tenant's discovery document says. */
export function issuerV2(state: CloudState, tenantId: string): string {
  return `${state.urls.entra}/${tenantId}/v2.0`;
}

function resourceFor(state: CloudState, identifier: string): Resource {
  const unknown = { uri: identifier, clientId: identifier, displayName: identifier, tokenVersion: 2 as const };
  return resourceNamed(state, identifier) ?? unknown;
}

/** Entra dates its tokens five minutes back, for callers whose clocks are slow. */
export function timesFrom(state: CloudState, lifeSeconds: number): { iat: number; nbf: number; exp: number } {
  const now = toEpochSeconds(state.world.clock());
  const issued = Math.min(now, now + lifeSeconds) - 300;
  return { iat: issued, nbf: issued, exp: now + lifeSeconds };
}
