import { z } from 'zod';
import type { AppError } from '../../errors';

/** Our app roles, as far as a route may ask for one. */
export type Role = 'Reader' | 'Analyst' | 'Admin' | 'Responder';

/** Who calls, as Entra's token says; nothing here comes from the request itself. */
export interface Caller {
  /** Of the user, or of the app's service principal; in lower case. */
  readonly objectId: string;
  /** For people: comments, audit. Never compared. */
  readonly name: string;
  readonly kind: 'user' | 'app';
  readonly roles: ReadonlySet<Role>;
  /** Object ids in lower case; `overage` where Entra left them out because there are too many. */
  readonly groups: readonly string[] | 'overage';
  /** Why groups that were left out could not be looked up; told where they decide. */
  readonly groupsUnknown?: AppError;
  readonly tenantId: string;
}

/** Roles that include the one asked for: Reader ⊂ Analyst ⊂ Admin; a Responder reads, and Admin does not include it. */
const includedIn: Readonly<Record<Role, readonly Role[]>> = {
  Reader: ['Reader', 'Analyst', 'Admin', 'Responder'],
  Analyst: ['Analyst', 'Admin'],
  Admin: ['Admin'],
  Responder: ['Responder'],
};

export const hasRole = (caller: Caller, role: Role): boolean => includedIn[role].some((held) => caller.roles.has(held));

const roleNames: ReadonlyMap<string, Role> = new Map([
  ['Relay.Reader', 'Reader'],
  ['Relay.Analyst', 'Analyst'],
  ['Relay.Admin', 'Admin'],
  ['Relay.Responder', 'Responder'],
]);

const id = z.string().min(1).max(100).toLowerCase();
const word = z.string().max(500).optional().catch(undefined);

/** @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference */
const claimSet = z.object({
  iss: z.string(),
  tid: id,
  oid: id,
  sub: id.optional(),
  roles: z.array(z.string()).default([]),
  scp: z.string().optional(),
  idtyp: z.string().optional(),
  groups: z.array(id).default([]),
  hasgroups: z.union([z.boolean(), z.string()]).optional(),
  _claim_names: z.record(z.string(), z.unknown()).optional(),
  preferred_username: word,
  upn: word,
  name: word,
  app_displayname: word,
  azp: word,
  appid: word,
});

type Claims = z.output<typeof claimSet>;

/** The caller inside verified claims, and the issuer they name; undefined where a claim we depend on is missing or misshapen. */
export const callerFromClaims = (
  payload: unknown,
): { readonly caller: Caller; readonly issuer: string } | undefined => {
  const parsed = claimSet.safeParse(payload);
  if (!parsed.success) return undefined;
  const claims = parsed.data;
  const kind = kindOf(claims);
  if (kind === undefined) return undefined;
  const caller: Caller = {
    objectId: claims.oid,
    name: nameOf(claims),
    kind,
    roles: new Set(claims.roles.flatMap((name) => roleNames.get(name) ?? [])),
    groups: kind === 'app' ? [] : groupsOf(claims),
    tenantId: claims.tid,
  };
  return { caller, issuer: claims.iss };
};

/**
 * Access tokens name the application that asked for them, ID tokens do not, not even those of our own API's. Delegated ones carry `scp`;
 * an app's own say so in `idtyp`, which is optional, or have the app for a subject. Undefined: neither.
 */
const kindOf = ({ idtyp, scp = '', azp, appid, sub, oid }: Claims): Caller['kind'] | undefined => {
  if ((azp ?? appid) === undefined) return undefined;
  if (scp !== '') return idtyp === undefined || idtyp === 'user' ? 'user' : undefined;
  return idtyp === 'app' || (idtyp === undefined && sub === oid) ? 'app' : undefined;
};

/** @see https://learn.microsoft.com/security/zero-trust/develop/configure-tokens-group-claims-app-roles#group-overages */
const groupsOf = (claims: Claims): readonly string[] | 'overage' => {
  const said = claims.hasgroups !== undefined && claims.hasgroups !== false && claims.hasgroups !== 'false';
  return said || Object.hasOwn(claims._claim_names ?? {}, 'groups') ? 'overage' : claims.groups;
};

const nameOf = (claims: Claims): string =>
  claims.preferred_username ??
  claims.upn ??
  claims.name ??
  claims.app_displayname ??
  claims.azp ??
  claims.appid ??
  claims.oid;
