import { GroupsOverageError } from '../../../../shared/errors';
import type { Caller, Role } from '../../../../shared/http/callers/caller';
import { hasRole } from '../../../../shared/http/callers/caller';
import { canRead, canSee } from '../../../../shared/http/callers/visibility';

const group = 'aaaaaaaa-0000-4000-8000-000000000001';
const objectId = '22222222-2222-4222-8222-222222222222';
const tenantId = '33333333-3333-4333-8333-333333333333';

const caller = (role: Role, groups: Caller['groups'] = [], kind: Caller['kind'] = 'user'): Caller => ({
  objectId,
  name: 'someone',
  kind,
  roles: new Set([role]),
  groups,
  tenantId: 'home',
});
const app = (role: Role): Caller => caller(role, [], 'app');
const open = { tenantId, groups: [], sealed: false };
const grouped = { tenantId, groups: [group], sealed: false };
const sealed = { tenantId, groups: [group], sealed: true };
const listed = { tenantId, groups: [objectId], sealed: false };

describe('who sees a tenant and reads its incidents', () => {
  // caller, tenant, RELAY_UNGROUPED_TENANTS, sees, reads
  test.each([
    ['a reader', caller('Reader'), 'an open tenant', open, 'all', true, true],
    ['a reader', caller('Reader'), 'an open tenant kept to admins', open, 'admins', false, false],
    ['an admin', caller('Admin'), 'an open tenant kept to admins', open, 'admins', true, true],
    ['a member', caller('Reader', [group]), 'a grouped tenant', grouped, 'all', true, true],
    [
      'a member',
      caller('Reader', [group]),
      'a grouped tenant where others are kept to admins',
      grouped,
      'admins',
      true,
      true,
    ],
    ['a stranger', caller('Analyst', ['other']), 'a grouped tenant', grouped, 'all', false, false],
    ['a responder', caller('Responder'), 'a grouped tenant', grouped, 'all', false, false],
    ['an admin', caller('Admin'), 'a grouped tenant', grouped, 'all', true, true],
    ['an admin', caller('Admin'), 'a sealed tenant', sealed, 'all', true, false],
    ['an admin among the members', caller('Admin', [group]), 'a sealed tenant', sealed, 'all', true, true],
    ['an admin', caller('Admin'), 'a sealed tenant without groups', { ...open, sealed: true }, 'all', true, false],
    ['a member', caller('Reader', [group]), 'a sealed tenant', sealed, 'all', true, true],
    ['an app', app('Reader'), 'an open tenant', open, 'all', true, true],
    ['an app', app('Analyst'), 'a grouped tenant', grouped, 'all', false, false],
    ['an app', app('Reader'), 'a tenant that lists it', listed, 'all', true, true],
    ['an app that is an admin', app('Admin'), 'a grouped tenant', grouped, 'all', true, true],
    ['an app that is an admin', app('Admin'), 'a sealed tenant', sealed, 'all', true, false],
    ['a user whose object id is listed as a group', caller('Reader'), 'that tenant', listed, 'all', false, false],
  ] as const)('%s and %s', (...[, who, , tenant, ungrouped, sees, reads]) => {
    expect(canSee(who, tenant, ungrouped)).toBe(sees);
    expect(canRead(who, tenant, ungrouped)).toBe(reads);
  });

  test('groups left out of the token are an error only where groups decide', () => {
    const reader = caller('Reader', 'overage');
    expect(() => canRead(reader, grouped, 'all')).toThrow(GroupsOverageError);
    expect(() => canSee(reader, sealed, 'all')).toThrow(GroupsOverageError);
    expect(canRead(reader, open, 'all')).toBe(true);
    const adminUser = caller('Admin', 'overage');
    expect(canRead(adminUser, grouped, 'all')).toBe(true);
    expect(canSee(adminUser, sealed, 'all')).toBe(true);
    expect(() => canRead(adminUser, sealed, 'all')).toThrow(GroupsOverageError);
  });
});

test('roles include each other as Reader ⊂ Analyst ⊂ Admin, and Responder includes Reader only', () => {
  const roles: readonly Role[] = ['Reader', 'Analyst', 'Admin', 'Responder'];
  const granted = roles.map((held) => roles.filter((asked) => hasRole(caller(held), asked)));
  expect(granted).toEqual([['Reader'], ['Reader', 'Analyst'], ['Reader', 'Analyst', 'Admin'], ['Reader', 'Responder']]);
});
