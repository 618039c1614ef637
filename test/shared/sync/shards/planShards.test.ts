import type { Tenant } from '../../../../shared/model/tenant';
import { dueIndex } from '../../../../shared/store/due';
import { tenantRegistry } from '../../../../shared/store/tenants';
import { planShards, shardRange } from '../../../../shared/sync/shards/planShards';
import { memoryTable } from '../../../support/memoryTable';
import { plainTenant, tenantIdOf } from '../../../support/plainTenant';

describe('the ranges of shards', () => {
  test('cover 000 to fff without overlap, for 1 to 200 shards', () => {
    for (let shardCount = 1; shardCount <= 200; shardCount += 1) {
      const ranges = Array.from({ length: shardCount }, (_, shard) => shardRange(shard, shardCount));
      expect(ranges[0]!.from).toBe('000');
      expect(ranges.at(-1)!.before).toBeUndefined();
      for (let shard = 1; shard < shardCount; shard += 1) expect(ranges[shard]!.from).toBe(ranges[shard - 1]!.before);
      for (const { from, before } of ranges) {
        expect(from).toMatch(/^[0-9a-f]{3}$/);
        expect(from < (before ?? 'g')).toBe(true);
      }
    }
  });

  test('are of nearly one size', () => {
    expect(shardRange(0, 2)).toEqual({ from: '000', before: '800' });
    expect(shardRange(1, 2)).toEqual({ from: '800', before: undefined });
    expect(shardRange(1, 3)).toEqual({ from: '555', before: 'aaa' });
    for (let shard = 0; shard < 199; shard += 1) {
      const { from, before } = shardRange(shard, 200);
      expect([20, 21]).toContain(Number.parseInt(before!, 16) - Number.parseInt(from, 16));
    }
  });
});

describe('the plan', () => {
  const nowMs = Date.parse('2026-11-20T08:00:30Z');
  const never = '0001-01-01T00:00Z';
  const tenant = (at: number, change: Partial<Tenant> = {}): Tenant => plainTenant(tenantIdOf(at), change);
  const plan = async (tenants: readonly Tenant[], asked: readonly string[], since: string, tenantsPerActivity = 50) => {
    const registry = tenantRegistry(memoryTable());
    const due = dueIndex(memoryTable());
    for (const each of tenants) await registry.put(each);
    for (const tenantId of asked) await due.add(tenantId, nowMs);
    const clock = { now: () => nowMs, elapsedMs: () => 0 };
    const deps = { registry, due, clock, intervalSeconds: 300, tenantsPerActivity };
    return (await planShards(deps, { slot: '2026-11-20T08:00Z', since })).shardCount;
  };
  const many = (count: number): Tenant[] => Array.from({ length: count }, (_, at) => tenant(at));

  test('is no shard where nothing is registered, enabled or due', async () => {
    expect(await plan([], [], never)).toBe(0);
    expect(await plan([tenant(1, { enabled: false })], [], never)).toBe(0);
    expect(await plan(many(20), [], '2026-11-20T08:00Z')).toBe(0);
  });

  test('is one shard for each begun 50 tenants that are due', async () => {
    expect(await plan(many(1), [], never)).toBe(1);
    expect(await plan(many(50), [], never)).toBe(1);
    expect(await plan(many(51), [], never)).toBe(2);
    expect(await plan(many(51), [], never, 10)).toBe(6);
  });

  test('counts a tenant once that has its turn and a due row', async () => {
    const all = many(50);
    expect(await plan(all, [all[0]!.tenantId, all[1]!.tenantId], never)).toBe(1);
  });

  test('counts tenants with a due row that have no turn', async () => {
    const all = many(60);
    expect(await plan(all, [all[0]!.tenantId], '2026-11-20T08:00Z')).toBe(1);
  });

  test('is never more than 200 shards', async () => {
    expect(await plan(many(450), [], never, 2)).toBe(200);
  });
});
