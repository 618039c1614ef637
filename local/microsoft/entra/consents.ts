import type { Condition } from '../behaviour';
import type { Tenant } from '../world/incident';
import type { Clock, Ticks } from '../world/time7';
import { TICKS_PER_MS } from '../world/time7';
import type { Access } from './permissions';
import type { Registration } from './registrations';
import type { Resource } from './resources';
import type { NationalCloud } from './nationalCloud';
import { defenderResource, endpointResource } from './resources';
import type { User } from './users';

/** What one application may do in one tenant. */
export interface Grant {
  /** Whether the tenant has a service principal for it. */
  readonly present: boolean;
  /** By an administrator: app roles, and delegated permissions for everyone. */
  readonly access: readonly Access[];
}

export interface Consents {
  /** What holds now. */
  of(tenant: Tenant, client: Registration): Grant;
  rolesOf(tenant: Tenant, client: Registration, resource: Resource): string[];
  /** For this user: what an administrator granted for all, and what the user did alone. */
  scopesOf(tenant: Tenant, client: Registration, resource: Resource, user: User): string[];
  /** Replaces what was granted, after the delay that the settings name. */
  grant(tenant: Tenant, client: Registration, access: readonly Access[]): void;
  /** All that it asks and was given besides, or nothing and no service principal either; at once. */
  set(tenant: Tenant, client: Registration, consented: boolean): void;
  grantToUser(tenant: Tenant, client: Registration, user: User, access: readonly Access[]): void;
  isDisabled(tenant: Tenant, client: Registration): boolean;
  /** An administrator switches the application off, or on again. */
  disable(tenant: Tenant, client: Registration, disabled: boolean): void;
  /** Whether the resource's own service principal is in the tenant; Defender's come with a licence. */
  hasResource(tenant: Tenant, resource: Resource): boolean;
  /** Back to what the tenant's condition says. */
  forget(tenantId: string): void;
}

interface Decision {
  grant: Grant;
  before: Grant;
  from: Ticks;
}

interface ConsentsOptions {
  readonly national: NationalCloud;
  readonly clock: Clock;
  readonly conditionOf: (tenantId: string) => Condition;
  readonly delayMs: () => number;
}

const nothing: Grant = { present: false, access: [] };

export function createConsents({ national, clock, conditionOf, delayMs }: ConsentsOptions): Consents {
  const decisions = new Map<string, Decision>();
  const byUser = new Map<string, readonly Access[]>();
  const disabled = new Set<string>();
  const keyOf = ({ tenantId }: Tenant, { clientId }: Registration): string => `${tenantId} ${clientId}`;
  const hasResource = ({ tenantId, index }: Tenant, resource: Resource): boolean => {
    if (resource.uri === `api://${resource.clientId}`) return index < 0;
    if (!national.has(resource)) return false;
    return conditionOf(tenantId) !== 'noDefender' || ![defenderResource, endpointResource].includes(resource);
  };
  const inFull = (tenant: Tenant, { asks, besides }: Registration): Grant => ({
    present: true,
    access: [...asks, ...besides].filter(({ resource }) => hasResource(tenant, resource)),
  });
  const byCondition = (tenant: Tenant, client: Registration): Grant => {
    const condition = conditionOf(tenant.tenantId);
    if (condition === 'notConsented') return nothing;
    return condition === 'roleMissing' ? { present: true, access: [] } : inFull(tenant, client);
  };
  const of = (tenant: Tenant, client: Registration): Grant => {
    if (!client.multiTenant && tenant.index >= 0) return nothing;
    const decision = decisions.get(keyOf(tenant, client));
    if (decision === undefined) return byCondition(tenant, client);
    return decision.from <= clock() ? decision.grant : decision.before;
  };
  const decide = (tenant: Tenant, client: Registration, grant: Grant, afterMs: number): void => {
    const from = clock() + BigInt(afterMs) * TICKS_PER_MS;
    decisions.set(keyOf(tenant, client), { grant, before: of(tenant, client), from });
  };
  return {
    of,
    rolesOf: (tenant, client, resource) => namesOn(of(tenant, client).access, resource, 'roles'),
    scopesOf: (tenant, client, resource, user) => {
      const own = byUser.get(`${keyOf(tenant, client)} ${user.objectId}`) ?? [];
      return [...new Set(namesOn([...of(tenant, client).access, ...own], resource, 'scopes'))];
    },
    grant: (tenant, client, access) => decide(tenant, client, { present: true, access }, delayMs()),
    set: (tenant, client, consented) => decide(tenant, client, consented ? inFull(tenant, client) : nothing, 0),
    grantToUser: (tenant, client, user, access) => {
      const key = `${keyOf(tenant, client)} ${user.objectId}`;
      byUser.set(key, [...(byUser.get(key) ?? []), ...access]);
      // A first sign-in brings the service principal with it.
      const { present, access: granted } = of(tenant, client);
      if (!present) decide(tenant, client, { present: true, access: granted }, 0);
    },
    isDisabled: (tenant, client) => disabled.has(keyOf(tenant, client)),
    disable: (tenant, client, isOff) => {
      if (isOff) disabled.add(keyOf(tenant, client));
      else disabled.delete(keyOf(tenant, client));
    },
    hasResource,
    forget: (tenantId) => {
      for (const kept of [decisions, byUser])
        for (const key of [...kept.keys()]) if (key.startsWith(`${tenantId} `)) kept.delete(key);
    },
  };
}

function namesOn(access: readonly Access[], resource: Resource, kind: 'roles' | 'scopes'): string[] {
  return access.filter((each) => each.resource === resource).flatMap((each) => each[kind]);
}
