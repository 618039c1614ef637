import '../../shared/http/quietTestMode';
import { customers, customersImport } from '../../../functions/api/partner';
import { tenant } from '../../../functions/api/tenants';
import type { CloudState } from '../../../local/microsoft/state';
import { createTestCloud } from '../../local/microsoft/testCloud';
import { inProcessHome } from '../../shared/access/inProcessHome';
import type { Asked, HttpWorld, Reply } from '../../shared/http/httpWorld';
import { admin, startHttpWorld } from '../../shared/http/httpWorld';

let world: HttpWorld;
let state: CloudState;
let ids: readonly string[];
beforeAll(async () => {
  [world, state] = await Promise.all([startHttpWorld(), createTestCloud({ tenants: 5, incidentsPerTenant: 0 })]);
  ids = state.world.tenants.map(({ tenantId }) => tenantId);
});
afterAll(() => world.stop());
const graphWith = (roles: readonly string[], change: object = {}): void =>
  void Object.assign(world.services, { homeGraph: { ...inProcessHome(state, roles), ...change } });
beforeEach(() => graphWith(['DelegatedAdminRelationship.Read.All']));

const list = (as: Asked['as'] = admin): Promise<Reply> => world.ask(customers, 'GET', { as });
const bringIn = (body?: unknown, as: Asked['as'] = admin): Promise<Reply> =>
  world.ask(customersImport, 'POST', { as, body });

test('customers are listed, imported switched off, and listed as registered then', async () => {
  const before = await list();
  expect(before.status).toBe(200);
  expect(before.json.items).toHaveLength(4);
  expect(before.json.items.every(({ registered }) => registered === false)).toBe(true);
  expect(Object.keys(before.json.items[0]!).sort()).toEqual(
    ['tenantId', 'name', 'relationshipId', 'relationship', 'status', 'inForce', 'endsAt', 'daysLeft', 'autoExtends']
      .concat('warning', 'registered')
      .sort(),
  );

  const [, second = '', third = ''] = ids;
  const one = await bringIn({ tenantIds: [second.toUpperCase()] });
  expect([one.status, one.json.imported]).toEqual([
    200,
    [{ tenantId: second, name: state.world.tenants[1]!.displayName }],
  ]);
  expect((await bringIn()).json).toMatchObject({ known: [second] });
  expect((await list()).json.items.every(({ registered }) => registered === true)).toBe(true);

  const shown = await world.ask(tenant, 'GET', { as: admin, params: { tenantId: third } });
  expect(shown.json).toMatchObject({ enabled: false, partnership: { status: 'active', autoExtends: false } });
});

test('a PUT keeps the relationship, which no body can set; once switched on, health counts its end down', async () => {
  await bringIn();
  const tenantId = ids[3]!;
  const before = await world.ask(tenant, 'GET', { as: admin, params: { tenantId } });
  const put = await world.ask(tenant, 'PUT', { as: admin, params: { tenantId }, body: { name: 'Fabrikam' } });
  expect(put.json.partnership).toEqual(before.json.partnership);
  expect((put.json.health as { reasons: string[] }).reasons.join(' ')).toMatch(
    /partner relationship .* ends in \d day/,
  );
  const forged = { name: 'Fabrikam', partnership: { status: 'active' } };
  const refused = await world.ask(tenant, 'PUT', { as: admin, params: { tenantId }, body: forged });
  expect([refused.status, refused.json.errors[0]?.field]).toEqual([400, 'partnership']);
});

test.each([['Relay.Reader'], ['Relay.Analyst'], ['Relay.Responder']])('%s is refused', async (role) => {
  const as = { roles: [role] };
  expect([(await list(as)).status, (await bringIn({}, as)).status]).toEqual([403, 403]);
});

test('a body that names no customer, no id or anything else is refused field by field', async () => {
  const unknown = '99999999-0000-4000-8000-000000000009';
  const fields = async (body: unknown): Promise<unknown> => {
    const { status, json } = await bringIn(body);
    return [status, ...json.errors.map(({ field }) => field)];
  };
  expect(await fields({ tenantIds: [unknown] })).toEqual([400, 'tenantIds.0']);
  expect(await fields({ tenantIds: [] })).toEqual([400, 'tenantIds']);
  expect(await fields({ tenantIds: ['contoso.com'] })).toEqual([400, 'tenantIds.0']);
  expect(await fields({ all: true })).toEqual([400, 'all']);
});

test('what our own tenant has not granted is told with its cure', async () => {
  graphWith([]);
  for (const reply of [await list(), await bringIn()]) {
    expect([reply.status, reply.json.code]).toEqual([409, 'ERR_CONSENT']);
    expect(reply.json.detail).toContain('DelegatedAdminRelationship.Read.All');
    expect(reply.json.link).toContain('adminconsent');
  }
});

test('a home cloud without Graph says so', async () => {
  graphWith([], { endpoint: '' });
  expect((await list()).json).toMatchObject({ status: 409, code: 'ERR_CONFIG' });
});
