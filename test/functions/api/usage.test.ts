import '../../shared/http/quietTestMode';
import { usage } from '../../../functions/api/usage';
import { noCounts } from '../../../shared/model/run';
import { newTenantState } from '../../../shared/model/tenantState';
import { toStateRow } from '../../../shared/store/tenantState';
import { toUsageRow } from '../../../shared/store/usage';
import type { HttpWorld } from '../../shared/http/httpWorld';
import { startHttpWorld } from '../../shared/http/httpWorld';

let world: HttpWorld;
beforeAll(async () => {
  world = await startHttpWorld();
});
afterAll(() => world.stop());

const mine = 'dddddddd-0000-4000-8000-000000000001';
const tenantId = '99999999-1111-4999-8999-000000000001';
const other = '99999999-1111-4999-8999-000000000002';
const counts = { ...noCounts, calls: 100, operations: 400, seconds: 12.5, listed: 60, new: 5, changed: 4, queued: 3 };

const ask = (query: Record<string, string> = {}) => world.ask(usage, 'GET', { as: { groups: [mine] }, query });

beforeAll(async () => {
  for (const id of [tenantId, other]) await world.putTenant({ tenantId: id, groups: [mine] });
  await world.putTenant({
    tenantId: '99999999-1111-4999-8999-000000000003',
    groups: ['eeeeeeee-0000-4000-8000-000000000001'],
  });
  const month = { month: '202611', totals: { ...noCounts, calls: 40, operations: 100 } };
  const { incidents } = world.services.storage;
  await incidents.write({ kind: 'insert', row: toStateRow(tenantId, { ...newTenantState, totals: counts, month }) });
  await incidents.write({ kind: 'insert', row: toUsageRow(tenantId, { month: '202610', counts }) });
});

const itemOf = async (id: string, query: Record<string, string>) =>
  (await ask(query)).json.items.find((item) => item.tenantId === id);

describe('usage', () => {
  test('of the month that runs is what was used since it began, and is the default', async () => {
    const running = {
      tenantId,
      tenantName: 'Name of 9999',
      month: '2026-11',
      state: 'running',
      calls: 60,
      storageOperations: 300,
      seconds: 12.5,
      incidents: 9,
      new: 5,
      changed: 4,
      listed: 60,
      queued: 3,
    };
    expect(await itemOf(tenantId, {})).toEqual(running);
    expect(await itemOf(tenantId, { month: '2026-11' })).toEqual(running);
  });

  test('of a month that is over comes from its row', async () => {
    const closed = { state: 'closed', month: '2026-10', calls: 100, storageOperations: 400 };
    expect(await itemOf(tenantId, { month: '2026-10' })).toMatchObject(closed);
  });

  test('of a month nothing was written for is none', async () => {
    expect(await itemOf(tenantId, { month: '2026-09' })).toMatchObject({ state: 'none', calls: 0 });
    expect(await itemOf(other, {})).toMatchObject({ state: 'none', calls: 0 });
  });

  test('is told page by page of the tenants in sight, and of no other', async () => {
    world.configure({ ungroupedTenants: 'admins' });
    const first = (await ask({ limit: '1' })).json;
    const second = (await ask({ limit: '1', continue: first.continue ?? '' })).json;
    const otherMonth = await ask({ limit: '1', month: '2026-10', continue: first.continue ?? '' });
    world.configure({ ungroupedTenants: 'all' });
    expect([...first.items, ...second.items].map((item) => item.tenantId).sort()).toEqual([tenantId, other]);
    expect(second.continue).toBeNull();
    expect(otherMonth.json.errors.map(({ field }) => field)).toEqual(['continue']);
  });

  test.each(['2026-13', '2026-00', '202611', '2026-1', '26-11', '2026-11-01', ''])(
    'refuses month=%s',
    async (month) => {
      const { status, json } = await ask({ month });
      expect([status, json.errors.map(({ field }) => field)]).toEqual([400, ['month']]);
    },
  );
});
