import type { Tenant } from '../../../shared/model/tenant';
import type { TenantRegistry } from '../../../shared/store/tenants';
import { tenantRegistry } from '../../../shared/store/tenants';
import type { AzuriteStorage } from '../../support/azuriteStorage';
import { startStorage } from '../../support/azuriteStorage';
import { plainTenant, tenantIdOf } from '../../support/plainTenant';

let storage: AzuriteStorage;
let registry: TenantRegistry;
beforeAll(async () => {
  storage = await startStorage();
  registry = tenantRegistry(storage.tenants);
});
afterAll(() => storage.stop());

const idsOf = async (from: string, before?: string): Promise<string[]> => {
  const found: Tenant[] = [];
  for await (const page of registry.pages(from, before)) found.push(...page);
  return found.map(({ tenantId }) => tenantId).sort();
};

test('a tenant comes back with everything it was put with', async () => {
  const tenant: Tenant = {
    tenantId: tenantIdOf(1),
    name: "Société d'Été 日本",
    cloud: 'usgovdod',
    backend: 'graph',
    groups: ['aaaaaaaa-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-000000000002'],
    sealed: true,
    intervalSeconds: 900,
    enabled: false,
    writeBack: true,
    attributes: { sla: 'gold', 'a key': 'a "value"' },
    contract: { never: ['alerts.evidence.userAccount', 'comments'] },
  };
  await registry.put(tenant);
  expect(await registry.get(tenant.tenantId)).toEqual(tenant);
});

test('its own application comes back, and nothing else of it is kept', async () => {
  const credential = { kind: 'secret', clientId: '0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d' } as const;
  const carrying = { ...credential, secret: 'never in a row' };
  await registry.put(plainTenant(tenantIdOf(7), { credential: carrying }));
  expect((await registry.get(tenantIdOf(7)))?.credential).toEqual(credential);
  await registry.put(plainTenant(tenantIdOf(7)));
  expect(await registry.get(tenantIdOf(7))).toEqual(plainTenant(tenantIdOf(7)));
});

test('putting tells whether it is new, and replaces the whole', async () => {
  const tenant = plainTenant(tenantIdOf(2), { intervalSeconds: 600, groups: ['g'], attributes: { a: 'b' } });
  expect(await registry.put(tenant)).toBe(true);
  expect(await registry.put(plainTenant(tenant.tenantId))).toBe(false);
  expect(await registry.get(tenant.tenantId)).toEqual(plainTenant(tenant.tenantId));
});

test('deleting tells whether there was one', async () => {
  await registry.put(plainTenant(tenantIdOf(3)));
  expect(await registry.delete(tenantIdOf(3))).toBe(true);
  expect(await registry.delete(tenantIdOf(3))).toBe(false);
  expect(await registry.get(tenantIdOf(3))).toBeUndefined();
});

test('an id in other letters is another tenant', async () => {
  const tenantId = 'abcdef00-0000-4000-8000-000000000000';
  await registry.put(plainTenant(tenantId));
  expect(await registry.get(tenantId.toUpperCase())).toBeUndefined();
  await registry.delete(tenantId);
});

test('ranges of partitions share all tenants out without loss or doubling', async () => {
  const all = Array.from({ length: 40 }, (_, at) => tenantIdOf(100 + at));
  for (const tenantId of all) await registry.put(plainTenant(tenantId));
  const edges = ['000', '3ff', '400', 'c00'];
  const parts = await Promise.all(edges.map((from, at) => idsOf(from, edges[at + 1])));
  expect(parts.flat().sort()).toEqual(await idsOf('000'));
  expect(parts.flat()).toEqual(expect.arrayContaining(all));
});

test('a tenant lies in the partition that its hash begins with', async () => {
  // SHA-256 of this id begins with 2ae.
  const tenantId = '72f988bf-86f1-41af-91ab-2d7cd011db47';
  await registry.put(plainTenant(tenantId));
  expect(await idsOf('2ae', '2af')).toEqual([tenantId]);
});

describe('a partner relationship', () => {
  const partnership = {
    relationshipId: 'r1',
    name: 'Incident response',
    status: 'active',
    endsAt: '2027-01-14T12:00:00.000Z',
    autoExtends: false,
  };

  test('is kept beside what was put, which stays; a tenant that is not there gets none', async () => {
    const tenant = plainTenant(tenantIdOf(901), { groups: ['g'], attributes: { a: 'b' } });
    await registry.put(tenant);
    expect(await registry.setPartnership(tenant.tenantId, partnership)).toBe(true);
    expect(await registry.get(tenant.tenantId)).toEqual({ ...tenant, partnership });
    expect(await registry.setPartnership(tenantIdOf(902), partnership)).toBe(false);
    expect(await registry.get(tenantIdOf(902))).toBeUndefined();
  });

  test('written while others write it, too, is written by all of them', async () => {
    const tenant = plainTenant(tenantIdOf(903));
    await registry.put(tenant);
    const ends = ['2027-01-01', '2027-01-02', '2027-01-03'].map((day) => ({ ...partnership, endsAt: day }));
    await Promise.all(ends.map((each) => registry.setPartnership(tenant.tenantId, each)));
    expect(ends).toContainEqual((await registry.get(tenant.tenantId))?.partnership);
  });
});

test('a tenant is added once, and the second never takes the first one’s place', async () => {
  const first = plainTenant(tenantIdOf(904), { name: 'First' });
  expect(await registry.add(first)).toBe(true);
  expect(await registry.add({ ...first, name: 'Second' })).toBe(false);
  expect((await registry.get(first.tenantId))?.name).toBe('First');
});
