import type { Config } from '../../config';
import type { AppError } from '../../errors';
import { GroupsOverageError } from '../../errors';
import type { Tenant } from '../../model/tenant';
import type { Caller } from './caller';

type Ungrouped = Config['ungroupedTenants'];
type Guarded = Pick<Tenant, 'tenantId' | 'groups' | 'sealed'>;

/** Admins configure every tenant, sealed ones too. */
export const canConfigure = (caller: Caller): boolean => caller.roles.has('Admin');

/**
 * Whether `caller` may know of the tenant and see how it does; says nothing about its incidents.
 * @throws GroupsOverageError where groups decide and the token left them out
 */
export const canSee = (caller: Caller, tenant: Guarded, ungrouped: Ungrouped): boolean =>
  canConfigure(caller) || canRead(caller, tenant, ungrouped);

/**
 * Whether `caller` may read the tenant's incidents.
 *
 * Apps carry no groups, so for them their own object id stands in the list in place of a group's. An app that is an admin reads like
 * any admin: it could write itself into the list, so hiding the tenant from it would protect nothing and leave no one to mend it.
 * @throws GroupsOverageError where groups decide and the token left them out
 */
export const canRead = (caller: Caller, tenant: Guarded, ungrouped: Ungrouped): boolean => {
  const isAdmin = canConfigure(caller);
  if (isAdmin && !tenant.sealed) return true;
  if (tenant.groups.length > 0) return isListed(caller, tenant);
  return !isAdmin && ungrouped === 'all';
};

const isListed = (caller: Caller, tenant: Guarded): boolean => {
  if (caller.kind === 'app') return tenant.groups.includes(caller.objectId);
  if (caller.groups === 'overage') throw groupsOverage(caller);
  return caller.groups.some((group) => tenant.groups.includes(group));
};

/** Groups may decide what this caller sees, and they are not known. */
export const isUndecidable = (caller: Caller): boolean => caller.groups === 'overage' && !canConfigure(caller);

/** Why this caller's groups are not known, with the cure. */
export const groupsOverage = ({ groupsUnknown }: Pick<Caller, 'groupsUnknown'>): AppError =>
  groupsUnknown ??
  new GroupsOverageError(
    'The token does not name your groups because you are in too many. In Entra, let the API registration send only groups assigned to the application (groupMembershipClaims: ApplicationGroup), assign the groups used here, and sign in again.',
  );
