import type { CloudState } from '../../../../local/microsoft/state';
import type { User } from '../../../../local/microsoft/entra/users';
import { groupOf } from '../../../../local/microsoft/entra/users';
import { UpstreamError } from '../../../../shared/errors';
import type { Caller } from '../../../../shared/http/callers/caller';
import { createMemberGroups } from '../../../../shared/http/callers/memberGroups';
import { canSee } from '../../../../shared/http/callers/visibility';
import { createTestCloud } from '../../../local/microsoft/testCloud';
import { plainTenant } from '../../../support/plainTenant';
import { inProcessHome } from '../../access/inProcessHome';

const granted = ['GroupMember.Read.All', 'User.ReadBasic.All'];

let state: CloudState;
let person: User;
beforeEach(async () => {
  state = await createTestCloud();
  const { homeTenant } = state.world;
  person = state.users.of(homeTenant)[2]!;
  person.groups = Array.from({ length: 300 }, (_, at) => groupOf(homeTenant, at));
});

const callerOf = ({ objectId, tenant }: User, change: Partial<Caller> = {}): Caller => ({
  objectId,
  name: 'ana@contoso.example',
  kind: 'user',
  roles: new Set(['Reader']),
  groups: 'overage',
  tenantId: tenant.tenantId,
  ...change,
});
const hidden = plainTenant('11111111-0000-4000-8000-000000000001', {
  groups: ['22222222-0000-4000-8000-000000000002'],
});
/** What a caller with unknown groups is told where they decide. */
const told = (caller: Caller): unknown => {
  try {
    return canSee(caller, hidden, 'all');
  } catch (error) {
    return error;
  }
};

test('groups that a token leaves out are looked up, and decide as if it named them', async () => {
  const graph = inProcessHome(state, granted);
  const caller = await createMemberGroups(graph).resolve(callerOf(person));
  expect(caller.groups).toEqual(person.groups);
  const shown = plainTenant(hidden.tenantId, { groups: [person.groups[250]!] });
  expect([canSee(caller, shown, 'all'), canSee(caller, hidden, 'all')]).toEqual([true, false]);
  expect(graph.calls).toHaveLength(1);
  expect(JSON.parse(graph.calls[0]?.body ?? '')).toEqual({ securityEnabledOnly: true });
});

test('Graph is asked once in five minutes for a person, however many ask at once; a group taken away counts then', async () => {
  const graph = inProcessHome(state, granted);
  const groups = createMemberGroups(graph);
  await Promise.all(Array.from({ length: 30 }, () => groups.resolve(callerOf(person))));
  person.groups = person.groups.slice(0, 201);
  graph.advance(5 * 60_000 - 1);
  expect((await groups.resolve(callerOf(person))).groups).toHaveLength(300);
  expect(graph.calls).toHaveLength(1);
  graph.advance(1);
  expect((await groups.resolve(callerOf(person))).groups).toHaveLength(201);
  expect(graph.calls).toHaveLength(2);
});

test('one person’s groups are never another’s', async () => {
  const groups = createMemberGroups(inProcessHome(state, granted));
  const people = state.users.of(state.world.homeTenant);
  const resolved = await Promise.all(people.map((each) => groups.resolve(callerOf(each))));
  expect(resolved.map((each) => each.groups)).toEqual(people.map((each) => each.groups));
});

test('those whose token names their groups, and apps, are left as they are', async () => {
  const graph = inProcessHome(state, granted);
  const groups = createMemberGroups(graph);
  for (const caller of [callerOf(person, { groups: ['a'] }), callerOf(person, { kind: 'app', groups: [] })])
    expect(await groups.resolve(caller)).toBe(caller);
  expect(graph.calls).toEqual([]);
});

describe('where they cannot be had, the caller is refused with the cure and never let through', () => {
  test('the permission is missing', async () => {
    const graph = inProcessHome(state, []);
    const groups = createMemberGroups(graph);
    const caller = await groups.resolve(callerOf(person));
    expect(caller.groups).toBe('overage');
    expect(told(caller)).toMatchObject({ code: 'ERR_GROUPS_OVERAGE' });
    expect(String(told(caller))).toContain('GroupMember.Read.All and User.ReadBasic.All');
    await groups.resolve(callerOf(person));
    expect(graph.calls).toHaveLength(1);
    graph.advance(30_000);
    await groups.resolve(callerOf(person));
    expect(graph.calls).toHaveLength(2);
  });

  test('a person of another tenant: our directory is not asked', async () => {
    const graph = inProcessHome(state, granted);
    const guest = state.users.of(state.world.tenants[0]!)[1]!;
    const caller = await createMemberGroups(graph).resolve(callerOf(guest));
    expect(told(caller)).toMatchObject({ code: 'ERR_GROUPS_OVERAGE' });
    expect(graph.calls).toEqual([]);
  });

  test('more groups than Graph names', async () => {
    person.groups = Array.from({ length: 12_000 }, (_, at) => groupOf(state.world.homeTenant, at));
    const caller = await createMemberGroups(inProcessHome(state, granted)).resolve(callerOf(person));
    expect(told(caller)).toMatchObject({ code: 'ERR_GROUPS_OVERAGE' });
  });

  test.each([
    ['away', () => Promise.reject(new UpstreamError('no answer')), 'ERR_UPSTREAM'],
    ['busy', () => ({ status: 429, headers: { 'retry-after': '7' }, body: '' }), 'ERR_THROTTLED'],
    ['not to be understood', () => ({ status: 200, headers: {}, body: '{"value":"all"}' }), 'ERR_CONTRACT'],
    ['saying nothing', () => ({ status: 200, headers: {}, body: '' }), 'ERR_CONTRACT'],
  ])('Graph is %s', async (_, answer, code) => {
    const graph = inProcessHome(state, granted);
    graph.answerNext(answer);
    const caller = await createMemberGroups(graph).resolve(callerOf(person));
    expect(told(caller)).toMatchObject({ code });
    expect(canSee(caller, plainTenant(hidden.tenantId), 'all')).toBe(true);
  });

  test('an object id that is none goes into no address', async () => {
    const graph = inProcessHome(state, granted);
    const caller = await createMemberGroups(graph).resolve({ ...callerOf(person), objectId: '../../groups' });
    expect(told(caller)).toMatchObject({ code: 'ERR_GROUPS_OVERAGE' });
    expect(graph.calls).toEqual([]);
  });
});
