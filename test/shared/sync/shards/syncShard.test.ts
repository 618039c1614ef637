import { noCounts } from '../../../../shared/model/run';
import type { Tenant } from '../../../../shared/model/tenant';
import type { LogFields } from '../../../../shared/ports';
import { dueIndex } from '../../../../shared/store/due';
import { tenantRegistry } from '../../../../shared/store/tenants';
import { createLimiter } from '../../../../shared/sync/limits/limiter';
import { syncShard } from '../../../../shared/sync/shards/syncShard';
import type { RunRequest, TenantOutcome } from '../../../../shared/sync/run/tenantRun';
import { virtualClock } from '../../../support/inProcessRelay';
import { memoryTable } from '../../../support/memoryTable';
import { plainTenant, tenantIdOf } from '../../../support/plainTenant';

const never = '0001-01-01T00:00Z';
const slot = '2026-11-20T08:00Z';
const nowMs = 1_795_161_600_000;
const complete: TenantOutcome = { state: 'complete', counts: noCounts, code: undefined, againAtMs: undefined };

type Read = (tenant: Tenant, request: RunRequest) => Promise<TenantOutcome>;

const shardWorld = async (tenants: readonly Tenant[], read: Read = () => Promise.resolve(complete)) => {
  const clock = virtualClock('2026-11-20T08:00:00.000Z');
  const index = memoryTable();
  const registry = tenantRegistry(memoryTable());
  const due = dueIndex(index);
  for (const tenant of tenants) await registry.put(tenant);
  const asked: string[] = [];
  const logged: [string, LogFields | undefined][] = [];
  const log = (message: string, fields?: LogFields) => void logged.push([message, fields]);
  let ids = 0;
  const deps = {
    registry,
    due,
    clock,
    randomId: () => `random${(ids += 1).toString().padStart(6, '0')}`,
    log: { info: log, warn: log, error: log },
    intervalSeconds: 300,
    limiter: createLimiter(4),
    syncTenant: (tenant: Tenant, request: RunRequest) => {
      asked.push(tenant.tenantId);
      return read(tenant, request);
    },
  };
  return {
    clock,
    due,
    asked,
    logged,
    dueRows: () => index.rows().map(({ rowKey }) => rowKey),
    run: (since = never, shard = 0, shardCount = 1) => syncShard(deps, { slot, since, shard, shardCount }),
  };
};
const tenantsUpTo = (count: number): Tenant[] => Array.from({ length: count }, (_, at) => plainTenant(tenantIdOf(at)));

test('the shards of a run read every tenant exactly once', async () => {
  const world = await shardWorld(tenantsUpTo(60));
  const results = [0, 1, 2, 3, 4, 5, 6].map((shard) => world.run(never, shard, 7));
  expect((await Promise.all(results)).reduce((sum, { tenants }) => sum + tenants, 0)).toBe(60);
  expect([...world.asked].sort()).toEqual(tenantsUpTo(60).map(({ tenantId }) => tenantId));
});

test('each tenant gets a run id of its own, and is not asked as if someone had requested it', async () => {
  const requests: RunRequest[] = [];
  const world = await shardWorld(tenantsUpTo(2), (_, request) => {
    requests.push(request);
    return Promise.resolve(complete);
  });
  await world.run();
  expect(requests.sort((a, b) => (a.runId < b.runId ? -1 : 1))).toEqual([
    { runId: `${nowMs}-random000001`, requested: false },
    { runId: `${nowMs}-random000002`, requested: false },
  ]);
});

test('a tenant without a turn is read where a due row asks for it, and the row is then gone', async () => {
  const world = await shardWorld(tenantsUpTo(3));
  await world.due.add(tenantIdOf(1), nowMs);
  await world.due.add(tenantIdOf(1), nowMs - 60_000);
  await world.due.add(tenantIdOf(2), nowMs + 1);
  expect(await world.run(slot)).toMatchObject({ tenants: 1, complete: 1 });
  expect(world.asked).toEqual([tenantIdOf(1)]);
  expect(world.dueRows()).toEqual([`000${nowMs + 1}_${tenantIdOf(2)}_sync`]);
});

test('disabled and deleted tenants are not read and keep nothing due', async () => {
  const world = await shardWorld([plainTenant(tenantIdOf(1), { enabled: false }), plainTenant(tenantIdOf(2))]);
  await world.due.add(tenantIdOf(1), nowMs);
  await world.due.add(tenantIdOf(9), nowMs);
  expect(await world.run()).toMatchObject({ tenants: 1 });
  expect(world.asked).toEqual([tenantIdOf(2)]);
  expect(world.dueRows()).toEqual([]);
});

test('a tenant that is to be tried again gets a due row for then', async () => {
  const again: TenantOutcome = { ...complete, state: 'failed', code: 'ERR_THROTTLED', againAtMs: nowMs + 60_000 };
  const world = await shardWorld(tenantsUpTo(1), () => Promise.resolve(again));
  await world.due.add(tenantIdOf(0), nowMs);
  expect(await world.run(slot)).toMatchObject({ tenants: 1, complete: 0, failed: 1 });
  expect(world.dueRows()).toEqual([`000${nowMs + 60_000}_${tenantIdOf(0)}_sync`]);
  expect(world.logged).toContainEqual([
    'tenant not read',
    { tenantId: tenantIdOf(0), runId: `${nowMs}-random000001`, code: 'ERR_THROTTLED' },
  ]);
});

test('one tenant’s bug leaves the others alone, and keeps its due row', async () => {
  const world = await shardWorld(tenantsUpTo(5), ({ tenantId }) =>
    tenantId === tenantIdOf(2) ? Promise.reject(new TypeError('a bug')) : Promise.resolve(complete),
  );
  await world.due.add(tenantIdOf(2), nowMs);
  expect(await world.run()).toMatchObject({ tenants: 5, complete: 4, failed: 1 });
  expect(world.dueRows()).toHaveLength(1);
  expect(world.logged).toContainEqual(['tenant run broke off', { tenantId: tenantIdOf(2), reason: 'a bug' }]);
});

test('no tenant begins after four minutes; those left are due at once', async () => {
  const world = await shardWorld(tenantsUpTo(10), () => {
    world.clock.advance(150_000);
    return Promise.resolve(complete);
  });
  const { tenants, complete: done } = await world.run();
  expect(tenants).toBe(10);
  expect(world.asked).toHaveLength(done);
  expect(world.dueRows()).toHaveLength(10 - done);
  expect(done).toBeGreaterThanOrEqual(2);
  expect(done).toBeLessThan(10);
  world.clock.advance(60_000);
  const due = await world.due.upTo(world.clock.now(), '000', undefined);
  expect([...world.asked, ...due.map(({ tenantId }) => tenantId)].sort()).toEqual(
    tenantsUpTo(10).map(({ tenantId }) => tenantId),
  );
});

test('counters are summed over tenants and stay below 200 bytes at the largest', async () => {
  const counts = { ...noCounts, new: 98_765, changed: 87_654, calls: 50, incidentWrites: 99_999, unchanged: 1 };
  const world = await shardWorld(tenantsUpTo(50), () => Promise.resolve({ ...complete, counts }));
  const result = await world.run();
  expect(result).toEqual({
    tenants: 50,
    complete: 50,
    failed: 0,
    new: 4_938_250,
    changed: 4_382_700,
    calls: 2_500,
    writes: 4_999_950,
  });
  expect(JSON.stringify(result).length).toBeLessThan(200);
});
