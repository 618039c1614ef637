import { z } from 'zod';
import type { Request } from './answer';
import { ControlError, findTenant, parse } from './controlError';
import { approveDeviceCode } from './entra/approveDeviceCode';
import { EntraError } from './entra/entraError';
import { relationshipStatuses, toRelationship } from './entra/partnerships';
import { apiRoles } from './entra/permissions';
import type { Registration } from './entra/registrations';
import { resourceNamed } from './entra/scopes';
import type { User } from './entra/users';
import { defenderRoles, groupOf, mfaDemands } from './entra/users';
import { issueUserToken } from './entra/userToken';
import type { CloudState } from './state';
import type { Tenant } from './world/incident';

const epochSeconds = z.number().int().nullable().optional();
const bodies = {
  user: z.strictObject({
    administrator: z.boolean().optional(),
    defenderRole: z.enum(defenderRoles).nullable().optional(),
    apiRoles: z.array(z.enum(apiRoles)).optional(),
    groups: z.array(z.string()).optional(),
    /** So many groups, whichever. */
    groupCount: z.number().int().min(0).max(5_000).optional(),
    blocked: z.boolean().optional(),
    mfa: z.enum(mfaDemands).optional(),
  }),
  signOut: z.strictObject({ why: z.enum(['revoked', 'expired']) }),
  mfa: z.strictObject({ mfa: z.enum(mfaDemands) }),
  consent: z.union([
    /** All that is asked, or nothing. */
    z.strictObject({ consented: z.boolean() }),
    /** Exactly this; nothing at all: a service principal without permissions. */
    z.strictObject({
      access: z.array(
        z.strictObject({
          resource: z.string(),
          roles: z.array(z.string()).default([]),
          scopes: z.array(z.string()).default([]),
        }),
      ),
    }),
    z.strictObject({ disabled: z.boolean() }),
    z.strictObject({ blockedByPolicy: z.boolean() }),
  ]),
  partnership: z.strictObject({
    status: z.enum(relationshipStatuses).optional(),
    endDateTime: z.string().optional(),
    autoExtend: z.boolean().optional(),
    roles: z.array(z.enum(defenderRoles)).optional(),
  }),
  deviceCode: z.strictObject({ userPrincipalName: z.string() }),
  userToken: z.strictObject({
    userPrincipalName: z.string(),
    tenantId: z.string().optional(),
    audience: z.string().optional(),
    clientId: z.string().optional(),
    scopes: z.array(z.string()).optional(),
    mfa: z.boolean().optional(),
    expiresInSeconds: z.number().int().optional(),
  }),
  registration: z.strictObject({ redirectUri: z.url() }),
  dates: z.strictObject({ exp: epochSeconds, nbf: epochSeconds, enabled: z.boolean().optional() }),
};

/** What can be asked of the control port about people, consent, partners and the vault; undefined: no such question. */
export function readIdentity(state: CloudState, segments: readonly string[]): unknown {
  const [first, id = '', collection, ...deeper] = segments;
  if (segments.length === 1 && first === 'registrations') return registrationsOf(state);
  if (segments.length === 1 && first === 'partnerships')
    return state.partnerships.list().map((each) => toRelationship(state.partnerships, each));
  if (first !== 'tenants' || deeper.length > 0) return undefined;
  if (collection === 'users') return state.users.of(findTenant(state, id)).map(toUserView);
  if (collection === 'consents') return consentsOf(state, findTenant(state, id));
  return undefined;
}

/** What can be changed there; undefined: no such thing.
 *  @throws ControlError */
export async function changeIdentity(
  state: CloudState,
  request: Request,
  segments: readonly string[],
): Promise<unknown> {
  try {
    return await change(state, request, segments);
  } catch (error) {
    if (error instanceof RangeError) throw new ControlError(400, error.message);
    if (error instanceof EntraError) throw new ControlError(400, `AADSTS${error.code}: ${error.message}`);
    throw error;
  }
}

async function change(state: CloudState, request: Request, segments: readonly string[]): Promise<unknown> {
  const [first, second = '', third, fourth = '', fifth, ...deeper] = segments;
  if (deeper.length > 0) return undefined;
  if (segments.length === 1 && first === 'userTokens')
    return { access_token: await issueUserToken(state, parse(bodies.userToken, request)) };
  if (segments.length === 2 && first === 'deviceCodes') {
    approveDeviceCode(state, second, parse(bodies.deviceCode, request).userPrincipalName);
    return { approved: true };
  }
  if (segments.length === 2 && first === 'registrations') {
    const client = findClient(state, second);
    state.registrations.addRedirectUri(client.clientId, parse(bodies.registration, request).redirectUri);
    return { redirectUris: client.redirectUris };
  }
  if (segments.length === 3 && first === 'vault') return setDates(state, request, second, third ?? '');
  if (first !== 'tenants') return undefined;
  const tenant = (): Tenant => findTenant(state, second);
  if (segments.length === 3 && third === 'mfa') {
    const { mfa } = parse(bodies.mfa, request);
    state.users.setMfa(tenant().tenantId, mfa);
    return { mfa };
  }
  if (segments.length === 3 && third === 'partnership') {
    const partnership = state.partnerships.change(customer(tenant()), parse(bodies.partnership, request));
    return toRelationship(state.partnerships, partnership);
  }
  if (segments.length === 4 && third === 'consents') return changeConsent(state, request, tenant(), fourth);
  if (segments.length === 4 && third === 'users') return changeUser(state, request, tenant(), fourth);
  if (segments.length === 5 && third === 'users' && fifth === 'signOut') {
    const user = findUser(state, tenant(), fourth);
    user.signedOut = { at: state.world.clock(), why: parse(bodies.signOut, request).why };
    return toUserView(user);
  }
  return undefined;
}

function changeUser(state: CloudState, request: Request, tenant: Tenant, idOrName: string): unknown {
  const user = findUser(state, tenant, idOrName);
  const { groupCount, ...traits } = parse(bodies.user, request);
  const groups =
    groupCount === undefined
      ? {}
      : { groups: Array.from({ length: groupCount }, (_, index) => groupOf(tenant, index)) };
  return toUserView(Object.assign(user, traits, groups));
}

function changeConsent(state: CloudState, request: Request, tenant: Tenant, clientId: string): unknown {
  const client = findClient(state, clientId);
  const wanted = parse(bodies.consent, request);
  if ('consented' in wanted) state.consents.set(tenant, client, wanted.consented);
  if ('disabled' in wanted) state.consents.disable(tenant, client, wanted.disabled);
  if ('blockedByPolicy' in wanted)
    state.behaviour.setBlockedByPolicy(tenant.tenantId, client.clientId, wanted.blockedByPolicy);
  if ('access' in wanted) {
    const access = wanted.access.map(({ resource: identifier, roles, scopes }) => {
      const resource = resourceNamed(state, identifier);
      if (resource === undefined) throw new ControlError(400, `no resource ${identifier}`);
      return { resource, roles, scopes };
    });
    state.consents.grant(tenant, client, access);
  }
  return consentOf(state, tenant, client);
}

function setDates(state: CloudState, request: Request, collection: string, name: string): unknown {
  const found =
    collection === 'secrets'
      ? state.secrets.find(name)
      : collection === 'certificates'
        ? state.certificates.find(name)
        : undefined;
  if (found === undefined) throw new ControlError(404, `no ${collection}/${name} in the vault`);
  const { exp, nbf, enabled } = parse(bodies.dates, request);
  const attributes: { enabled: boolean; exp?: number | undefined; nbf?: number | undefined } = found.attributes;
  if (exp !== undefined) attributes.exp = exp ?? undefined;
  if (nbf !== undefined) attributes.nbf = nbf ?? undefined;
  if (enabled !== undefined) attributes.enabled = enabled;
  return { name, attributes };
}

function toUserView(user: User): unknown {
  const { objectId, userPrincipalName, displayName, administrator, defenderRole, apiRoles: roles, blocked, mfa } = user;
  return {
    ...{ objectId, userPrincipalName, displayName, administrator, defenderRole, apiRoles: roles, blocked, mfa },
    groups: user.groups,
  };
}

function registrationsOf(state: CloudState): unknown {
  return state.registrations.all.map(({ clientId, displayName, multiTenant, isPublic, redirectUris, asks }) => ({
    ...{ clientId, displayName, multiTenant, isPublic, redirectUris },
    asks: asks.map(({ resource, roles, scopes }) => ({ resource: resource.uri, roles, scopes })),
  }));
}

function consentsOf(state: CloudState, tenant: Tenant): unknown {
  return state.registrations.all.map((client) => consentOf(state, tenant, client));
}

function consentOf(state: CloudState, tenant: Tenant, client: Registration): unknown {
  const { present, access } = state.consents.of(tenant, client);
  return {
    clientId: client.clientId,
    displayName: client.displayName,
    present,
    disabled: state.consents.isDisabled(tenant, client),
    blockedByPolicy: state.behaviour.isBlockedByPolicy(tenant.tenantId, client.clientId),
    access: access.map(({ resource, roles, scopes }) => ({ resource: resource.uri, roles, scopes })),
  };
}

function findUser(state: CloudState, tenant: Tenant, idOrName: string): User {
  const user = state.users.find(tenant, idOrName);
  if (user === undefined) throw new ControlError(404, `no user ${idOrName} in this tenant`);
  return user;
}

function findClient(state: CloudState, clientId: string): Registration {
  const client = state.registrations.find(clientId);
  if (client === undefined) throw new ControlError(404, `no registration ${clientId}`);
  return client;
}

function customer(tenant: Tenant): Tenant {
  if (tenant.index < 0) throw new ControlError(400, 'the provider is no customer of its own');
  return tenant;
}
