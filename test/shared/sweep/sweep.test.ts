import { durableOrchestrations } from '../../../functions/orchestrations';
import { UpstreamError } from '../../../shared/errors';
import { newTenantState } from '../../../shared/model/tenantState';
import type { TenantRun } from '../../../shared/model/run';
import { noCounts } from '../../../shared/model/run';
import type { Time7 } from '../../../shared/model/time7';
import type { Orchestrations, Row, Table } from '../../../shared/ports';
import { requestJob } from '../../../shared/reconcile/requestJob';
import { writeAccess } from '../../../shared/store/access';
import { dueIndex } from '../../../shared/store/due';
import { inbox } from '../../../shared/store/inbox';
import { deleteJob } from '../../../shared/store/jobs';
import { openJobs } from '../../../shared/store/openJobs';
import { readSweepMark } from '../../../shared/store/sweepMark';
import { readTenantRun, writeTenantRun } from '../../../shared/store/tenantRuns';
import { tenantRegistry } from '../../../shared/store/tenants';
import { toStateRow } from '../../../shared/store/tenantState';
import { sweep } from '../../../shared/sweep/sweep';
import { requestRun } from '../../../shared/sync/run/requestedRun';
import type { ReadCounts } from '../../support/countedTable';
import { countedTable } from '../../support/countedTable';
import type { LocalTaskHub } from '../../support/localTaskHub';
import { startLocalTaskHub } from '../../support/localTaskHub';
import { memoryTable } from '../../support/memoryTable';
import { plainTenant, tenantIdOf } from '../../support/plainTenant';

const minute = 60_000;
const noOne: Orchestrations = {
  underWay: () => Promise.resolve([]),
  find: () => Promise.resolve(undefined),
  terminate: () => Promise.resolve(),
  start: () => Promise.resolve(true),
  forget: () => Promise.resolve(0),
};
const lastRun = (tenantId: string, startedAtMs: number): TenantRun => ({
  runId: `${startedAtMs}-run000000000`,
  tenantId,
  state: 'succeeded',
  startedAt: new Date(startedAtMs).toISOString(),
  seconds: 1,
  counts: noCounts,
  code: null,
  reason: null,
});

/** Storage with tenants, and a sweep over it; the clock is the system's, moved forward by hand. */
const sweeping = (orchestrations: Orchestrations = noOne) => {
  let ahead = 0;
  const clock = { now: () => Date.now() + ahead, elapsedMs: () => 0 };
  const tables = {
    tenants: memoryTable(),
    incidents: memoryTable(clock.now),
    index: memoryTable(),
    runs: memoryTable(),
  };
  const counts: ReadCounts = { operations: 0, rows: 0 };
  const counted = (table: Table): Table => countedTable(table, counts);
  const logged: { message: string; fields: unknown }[] = [];
  const keep = (message: string, fields?: unknown) => void logged.push({ message, fields });
  const jobs = openJobs(counted(tables.index));
  const due = dueIndex(counted(tables.index));
  const deps = {
    registry: tenantRegistry(counted(tables.tenants)),
    incidents: counted(tables.incidents),
    due,
    openJobs: jobs,
    inbox: inbox(memoryTable(clock.now)),
    connections: { get: () => Promise.resolve(undefined) },
    inboxQueue: { send: () => Promise.resolve() },
    runs: tables.runs,
    clock,
    log: { info: keep, warn: keep, error: keep },
    intervalSeconds: 300,
    orchestrations,
  };
  let ids = 0;
  const randomId = (): string => `random${(ids += 1).toString().padStart(6, '0')}`;
  return {
    ...tables,
    deps,
    clock,
    counts,
    logged,
    randomId,
    pass: (ms: number) => (ahead += ms),
    sweep: () => sweep(deps),
    /** As its last regular run left it, so many minutes ago. */
    tenant: async (at: number, minutesAgo: number, change: Parameters<typeof plainTenant>[1] = {}): Promise<string> => {
      const tenantId = tenantIdOf(at);
      await tenantRegistry(tables.tenants).put(plainTenant(tenantId, change));
      const state = { ...newTenantState, lastRun: lastRun(tenantId, clock.now() - minutesAgo * minute) };
      await tables.incidents.write({ kind: 'upsert', row: toStateRow(tenantId, state) });
      return tenantId;
    },
    dueNow: async () => (await due.upTo(clock.now(), '000', undefined)).map(({ tenantId }) => tenantId).sort(),
  };
};

describe('tenants', () => {
  test('without a run for more than three intervals and five minutes get a due row; others do not', async () => {
    const world = sweeping();
    const overdue = await world.tenant(1, 21);
    await world.tenant(2, 19);
    const patient = await world.tenant(3, 60, { intervalSeconds: 3_600 });
    expect(await world.sweep()).toEqual({ looked: 3, overdue: 1, hung: 0, lost: 0 });
    expect(await world.dueNow()).toEqual([overdue]);
    expect(world.logged).toContainEqual({ message: 'tenant overdue', fields: { tenantId: overdue } });
    expect(await world.dueNow()).not.toContain(patient);
    expect(await readSweepMark(world.runs)).toMatchObject({ restarted: 1 });
  });

  test('that nobody ever read get one, too', async () => {
    const world = sweeping();
    await tenantRegistry(world.tenants).put(plainTenant(tenantIdOf(1)));
    expect(await world.sweep()).toMatchObject({ overdue: 1 });
  });

  test('that are off, blocked, held off by a throttle, or in the middle of a long run are left alone', async () => {
    const world = sweeping();
    await world.tenant(1, 100, { enabled: false });
    const blocked = await world.tenant(2, 100);
    const throttled = await world.tenant(3, 100);
    const busy = await world.tenant(4, 100);
    const access = { reason: null, code: null, raw: null, cure: null, link: null, since: '2026-11-20T08:00:00.000Z' };
    await writeAccess(blocked, world.incidents, { ...access, state: 'blocked', blockedUntil: null });
    const blockedUntil = new Date(world.clock.now() + minute).toISOString();
    await writeAccess(throttled, world.incidents, { ...access, state: 'granted', blockedUntil });
    const state = { ...newTenantState, leaseOwner: 'run', lastRun: lastRun(busy, world.clock.now() - 100 * minute) };
    await world.incidents.write({ kind: 'upsert', row: toStateRow(busy, state) });
    expect(await world.sweep()).toEqual({ looked: 3, overdue: 0, hung: 0, lost: 0 });
  });

  test('whose due row waits already get no second one', async () => {
    const world = sweeping();
    const tenantId = await world.tenant(1, 100);
    await world.deps.due.add(tenantId, world.clock.now() - 10 * minute);
    expect(await world.sweep()).toMatchObject({ overdue: 0 });
    expect(await world.dueNow()).toEqual([tenantId]);
  });

  test('more than one sweep looks at are looked at by the next ones, each once', async () => {
    const world = sweeping();
    for (let at = 1; at <= 4_500; at += 1) await tenantRegistry(world.tenants).put(plainTenant(tenantIdOf(at)));
    const looked: number[] = [];
    for (let sweeps = 0; sweeps < 3; sweeps += 1) looked.push((await world.sweep()).looked);
    expect(looked.reduce((sum, one) => sum + one, 0)).toBe(4_500);
    expect(looked[0]).toBeGreaterThanOrEqual(2_000);
    expect(looked[0]).toBeLessThan(2_020);
    expect((await world.dueNow()).length).toBe(4_500);
    expect((await readSweepMark(world.runs))?.next).toBeUndefined();
  });
});

test('a sweep costs the same operations beside 1,000 delivered rows and beside 1,000,000', async () => {
  const costOf = async (delivered: number): Promise<ReadCounts> => {
    const world = sweeping();
    for (let at = 1; at <= 20; at += 1) await world.tenant(at, at * 4);
    const rows = function* (prefix: string, count: number): Iterable<Row> {
      for (let n = 0; n < count; n += 1)
        yield { partitionKey: tenantIdOf((n % 20) + 1), rowKey: `${prefix}_${n}`, state: 'delivered' };
    };
    world.incidents.fill(rows('o', delivered));
    world.incidents.fill(rows('i', delivered / 10));
    world.index.fill([...rows('x', delivered / 10)].map((row) => ({ ...row, partitionKey: 'feed_0' })));
    await world.sweep();
    return world.counts;
  };
  expect(await costOf(1_000_000)).toEqual(await costOf(1_000));
}, 120_000);

describe('orchestrations, in the local engine', () => {
  let hub: LocalTaskHub;
  const hanging = new Set(['syncTenants', 'backfill', 'reconcileTenants', 'other']);
  beforeEach(async () => {
    hub = await startLocalTaskHub([...hanging, 'reconcileOne', 'syncOne'], (name) => hanging.has(name));
  });
  afterEach(() => hub.stop());
  const statusOf = (id: string) => hub.engine.instances.get(id)?.status;
  const until = async (id: string, status: string): Promise<void> => {
    for (let tries = 0; statusOf(id) !== status; tries += 1) {
      if (tries > 500) throw new Error(`${id} is ${statusOf(id) ?? 'not there'}`);
      await new Promise((done) => setTimeout(done, 5));
    }
  };
  const start = (name: string, id: string) => hub.client.startNew(name, { instanceId: id, input: {} });

  test('that stand for longer than any step takes are ended, and said; those that move are not', async () => {
    const world = sweeping(durableOrchestrations(hub.client));
    await start('syncTenants', 'sync-2026-11-20T08:05Z');
    await start('other', 'not-ours');
    await until('sync-2026-11-20T08:05Z', 'Running');
    expect(await world.sweep()).toMatchObject({ hung: 0 });
    world.pass(31 * minute);
    expect(await world.sweep()).toMatchObject({ hung: 1 });
    await until('sync-2026-11-20T08:05Z', 'Terminated');
    expect(statusOf('not-ours')).toBe('Running');
    expect(world.logged).toContainEqual({
      message: 'orchestration hung',
      fields: expect.objectContaining({ name: 'syncTenants', instanceId: 'sync-2026-11-20T08:05Z' }) as unknown,
    });
    expect(await world.sweep()).toMatchObject({ hung: 0 });
  });

  test('a night that hangs goes on once under another id', async () => {
    const world = sweeping(durableOrchestrations(hub.client));
    await start('reconcileTenants', 'reconcile-2026-11-21T02:30Z');
    await until('reconcile-2026-11-21T02:30Z', 'Running');
    world.pass(61 * minute);
    await world.sweep();
    await until('reconcile-2026-11-21T02:30Z', 'Terminated');
    await until('reconcile-2026-11-21T02:30Z-again', 'Running');
    expect(JSON.parse(hub.engine.instances.get('reconcile-2026-11-21T02:30Z-again')!.input)).toEqual({
      slot: '2026-11-21T02:30Z',
    });
    await world.sweep();
    await until('reconcile-2026-11-21T02:30Z-again', 'Terminated');
    expect(await world.sweep()).toMatchObject({ hung: 0 });
  });

  test('a hung backfill is ended and started again, to go on where its row stands', async () => {
    const world = sweeping(durableOrchestrations(hub.client));
    const { incidents, clock, deps } = world;
    const tenantId = await world.tenant(1, 0);
    const range = { from: '2026-03-01T00:00:00.0000000Z' as Time7, to: '2026-03-31T00:00:00.0000000Z' as Time7 };
    const request = { incidents, openJobs: deps.openJobs, clock, randomId: world.randomId };
    const { runId } = await requestJob(request, { tenantId, kind: 'backfill', ...range, by: 'updated' });
    const id = `backfill-${tenantId}-${runId}`;
    await hub.client.startNew('backfill', { instanceId: id, input: { tenantId, runId } });
    await until(id, 'Running');
    const first = hub.engine.instances.get(id)!.executionId;
    world.pass(20 * minute);
    expect(await world.sweep()).toMatchObject({ hung: 0, lost: 0 });
    world.pass(50 * minute);
    const swept = await world.sweep();
    expect(swept.hung).toBe(1);
    // Ended some time soon: what is not over yet when jobs are looked at is started by the next sweep.
    const next = swept.lost === 1 ? { lost: 0 } : await world.sweep();
    expect(swept.lost + next.lost).toBe(1);
    await until(id, 'Running');
    expect(hub.engine.instances.get(id)!.executionId).not.toBe(first);
    expect(world.logged).toContainEqual({
      message: 'job started again',
      fields: { tenantId, runId, kind: 'backfill' },
    });
  });

  test('a job whose orchestration is gone, or was never started, is started', async () => {
    const world = sweeping(durableOrchestrations(hub.client));
    const { incidents, clock, deps } = world;
    const tenantId = await world.tenant(1, 0);
    const range = { from: '2026-03-01T00:00:00.0000000Z' as Time7, to: '2026-03-31T00:00:00.0000000Z' as Time7 };
    const request = { incidents, openJobs: deps.openJobs, clock, randomId: world.randomId };
    const { runId } = await requestJob(request, { tenantId, kind: 'reconcile', ...range, by: 'created' });
    expect(await world.sweep()).toMatchObject({ lost: 0 });
    world.pass(11 * minute);
    expect(await world.sweep()).toMatchObject({ lost: 1 });
    await until(`reconcile-${tenantId}-${runId}`, 'Completed');
  });

  test('of a job that has ended only its mark is taken away', async () => {
    const world = sweeping(durableOrchestrations(hub.client));
    const { incidents, clock, deps } = world;
    const tenantId = await world.tenant(1, 0);
    const range = { from: '2026-03-01T00:00:00.0000000Z' as Time7, to: '2026-03-31T00:00:00.0000000Z' as Time7 };
    const request = { incidents, openJobs: deps.openJobs, clock, randomId: world.randomId };
    const { runId } = await requestJob(request, { tenantId, kind: 'backfill', ...range, by: 'updated' });
    await deleteJob(tenantId, incidents, runId);
    world.pass(11 * minute);
    expect(await world.sweep()).toMatchObject({ lost: 0 });
    expect(await deps.openJobs.first(10)).toEqual([]);
    expect(hub.engine.instances.list({})).toEqual([]);
  });

  test('a requested reading that shows no end within ten minutes is ended as failed, and its tenant read', async () => {
    const world = sweeping(durableOrchestrations(hub.client));
    const { incidents, clock, deps } = world;
    const tenantId = await world.tenant(1, 0);
    const request = { incidents, openJobs: deps.openJobs, clock, randomId: world.randomId };
    const { runId } = await requestRun(request, tenantId);
    await world.sweep();
    expect(await readTenantRun(tenantId, incidents, runId)).toMatchObject({ state: 'queued' });
    world.pass(11 * minute);
    expect(await world.sweep()).toMatchObject({ lost: 1 });
    expect(await readTenantRun(tenantId, incidents, runId)).toMatchObject({ state: 'failed', code: 'ERR_UPSTREAM' });
    expect(await world.dueNow()).toEqual([tenantId]);
    expect(await world.sweep()).toMatchObject({ lost: 0 });
  });

  test('a requested reading that has ended is forgotten without a word', async () => {
    const world = sweeping(durableOrchestrations(hub.client));
    const { incidents, clock, deps } = world;
    const tenantId = await world.tenant(1, 0);
    const { runId } = await requestRun(
      { incidents, openJobs: deps.openJobs, clock, randomId: world.randomId },
      tenantId,
    );
    const run = (await readTenantRun(tenantId, incidents, runId))!;
    await writeTenantRun(incidents, { ...run, state: 'succeeded' });
    world.pass(11 * minute);
    expect(await world.sweep()).toMatchObject({ lost: 0 });
    expect(await deps.openJobs.first(10)).toEqual([]);
  });
});

test('a task hub that does not answer keeps no tenant from its due row', async () => {
  const refuse = () => Promise.reject(new UpstreamError('503'));
  const world = sweeping({ ...noOne, underWay: refuse });
  await world.tenant(1, 100);
  expect(await world.sweep()).toEqual({ looked: 1, overdue: 1, hung: 0, lost: 0 });
  expect(world.logged).toContainEqual({
    message: 'sweep failed in part',
    fields: { part: 'orchestrations', reason: '503' },
  });
});
