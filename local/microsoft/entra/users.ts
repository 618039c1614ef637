import type { Tenant } from '../world/incident';
import { personOf } from '../world/people';
import { guidOf } from '../world/random';
import type { Ticks } from '../world/time7';
import type { apiRoles } from './permissions';

/** Entra roles that open Defender's portal and APIs to a user; the later one may act, too. */
export const defenderRoles = ['Security Reader', 'Security Operator'] as const;
export type DefenderRole = (typeof defenderRoles)[number];

/** Of one user or of a whole tenant: no demand · sign in with a second factor (50076) · set one up first (50079). */
export const mfaDemands = ['off', 'demanded', 'toEnrol'] as const;
export type MfaDemand = (typeof mfaDemands)[number];

export type ApiRole = (typeof apiRoles)[number];

/** What can be changed about a user. */
export interface UserTraits {
  /** May consent for the whole tenant, and sees Defender as a whole. */
  administrator: boolean;
  defenderRole: DefenderRole | null;
  /** On the relay's API; counts in the home tenant alone. */
  apiRoles: readonly ApiRole[];
  /** Object ids of security groups. */
  groups: readonly string[];
  /** Sign-in is switched off. */
  blocked: boolean;
  mfa: MfaDemand;
}

export interface User extends UserTraits {
  readonly tenant: Tenant;
  readonly objectId: string;
  readonly userPrincipalName: string;
  readonly displayName: string;
  /** How and when this user's sign-ins until now were ended. */
  signedOut: { readonly at: Ticks; readonly why: 'revoked' | 'expired' } | undefined;
}

/** The users of all tenants: a few each, always the same ones at the start, all of whom incidents may name, too. */
export interface Users {
  of(tenant: Tenant): readonly User[];
  /** By object id or name. */
  find(tenant: Tenant, idOrName: string): User | undefined;
  mfaOf(tenantId: string): MfaDemand;
  /** Conditional Access for everyone in the tenant, partners included. */
  setMfa(tenantId: string, demand: MfaDemand): void;
}

const nobody: UserTraits = {
  administrator: false,
  defenderRole: null,
  apiRoles: [],
  groups: [],
  blocked: false,
  mfa: 'off',
};
const cast: readonly Partial<UserTraits>[] = [
  { administrator: true, apiRoles: ['Relay.Admin'] },
  { defenderRole: 'Security Operator', apiRoles: ['Relay.Analyst'] },
  { defenderRole: 'Security Reader', apiRoles: ['Relay.Reader'] },
  { defenderRole: 'Security Operator', apiRoles: ['Relay.Responder'] },
  {},
  { defenderRole: 'Security Reader', apiRoles: ['Relay.Reader'], blocked: true },
];

export function createUsers(): Users {
  const known = new Map<string, User[]>();
  const demands = new Map<string, MfaDemand>();
  const of = (tenant: Tenant): User[] => {
    const users = known.get(tenant.tenantId) ?? createStaff(tenant);
    known.set(tenant.tenantId, users);
    return users;
  };
  return {
    of,
    find: (tenant, idOrName) => {
      const wanted = idOrName.toLowerCase();
      return of(tenant).find(
        ({ objectId, userPrincipalName }) => objectId === wanted || userPrincipalName.toLowerCase() === wanted,
      );
    },
    mfaOf: (tenantId) => demands.get(tenantId) ?? 'off',
    setMfa: (tenantId, demand) => void demands.set(tenantId, demand),
  };
}

/** Object ids of groups that every tenant has, for whoever must name one. */
export function groupOf(tenant: Tenant, name: 'everyone' | 'security' | number): string {
  return guidOf(tenant.tenantId, 'group', name);
}

function createStaff(tenant: Tenant): User[] {
  const users: User[] = [];
  for (let index = 0; users.length < cast.length; index += 1) {
    const { displayName, userPrincipalName, oid } = personOf(tenant, index);
    if (users.some((each) => each.userPrincipalName === userPrincipalName)) continue;
    const traits = { ...nobody, ...cast[users.length] };
    const groups = [
      groupOf(tenant, 'everyone'),
      ...(traits.defenderRole === null ? [] : [groupOf(tenant, 'security')]),
    ];
    users.push({ ...traits, groups, tenant, objectId: oid, userPrincipalName, displayName, signedOut: undefined });
  }
  return users;
}
