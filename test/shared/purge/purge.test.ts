import { durableOrchestrations } from '../../../functions/orchestrations';
import { allTenants, targetIdOf } from '../../../shared/model/connection';
import { newLink } from '../../../shared/model/link';
import { newTenantState } from '../../../shared/model/tenantState';
import type { Time7 } from '../../../shared/model/time7';
import { fromTicks } from '../../../shared/model/time7';
import type { Row } from '../../../shared/ports';
import { purgeHistory } from '../../../shared/purge/purgeHistory';
import { purgeIncidents } from '../../../shared/purge/purgeIncidents';
import type { PurgeDeps } from '../../../shared/purge/purgeShard';
import { purgeShard, purgeShared } from '../../../shared/purge/purgeShard';
import { consentLinks } from '../../../shared/store/consentLinks';
import { toCoverageRow } from '../../../shared/store/coverage';
import { incidentFeed } from '../../../shared/store/feed';
import { inbox } from '../../../shared/store/inbox';
import { toJobRow } from '../../../shared/store/jobs';
import { toTenantRunRow } from '../../../shared/store/tenantRuns';
import { toLinkRow } from '../../../shared/store/links';
import { ticketIndex } from '../../../shared/store/ticketIndex';
import { tenantRegistry } from '../../../shared/store/tenants';
import { readState, toStateRow } from '../../../shared/store/tenantState';
import { emptyWindow } from '../../../shared/model/coverage';
import { noCounts } from '../../../shared/model/run';
import { newJob } from '../../../shared/reconcile/newJob';
import { createLimiter } from '../../../shared/sync/limits/limiter';
import { inProcessRelay, memoryBlobs, virtualClock } from '../../support/inProcessRelay';
import { startLocalTaskHub } from '../../support/localTaskHub';
import type { MemoryTable } from '../../support/memoryTable';
import { memoryTable } from '../../support/memoryTable';
import { plainTenant } from '../../support/plainTenant';

const day = 86_400_000;
const start = '2026-11-20T08:00:00.000Z';
const startMs = Date.parse(start);
const daysAgo = (days: number): Time7 => fromTicks(BigInt(startMs - days * day) * 10_000n);
const keyOf = (id: number): string => `i_${(10n ** 20n - 1n - BigInt(id)).toString().padStart(20, '0')}`;
const keep = { incidentsDays: 400, coverageDays: 400, deliveriesDays: 90, inboxDays: 14 };

const purging = async (tenantId = '00000001-0000-4000-8000-000000000000') => {
  const clock = virtualClock(start);
  const now = (): number => clock.now();
  const tables = {
    tenants: memoryTable(),
    incidents: memoryTable(now),
    index: memoryTable(),
    runs: memoryTable(),
    inbox: memoryTable(),
  };
  const bodies = memoryBlobs();
  const registry = tenantRegistry(tables.tenants);
  await registry.put(plainTenant(tenantId));
  const logged: { message: string; fields: unknown }[] = [];
  const log = (message: string, fields?: unknown) => void logged.push({ message, fields });
  const deps: PurgeDeps = {
    registry,
    incidents: tables.incidents,
    index: tables.index,
    runs: tables.runs,
    inbox: inbox(tables.inbox),
    received: memoryBlobs(),
    bodies,
    feed: incidentFeed(tables.index),
    clock,
    log: { info: log, warn: log, error: log },
    limiter: createLimiter(4),
    keep,
  };
  const put = (rowKey: string, columns: Partial<Row> = {}) =>
    tables.incidents.write({ kind: 'upsert', row: { ...columns, partitionKey: tenantId, rowKey } });
  return {
    ...tables,
    tenantId,
    deps,
    clock,
    bodies,
    logged,
    put,
    state: async () => (await readState(tenantId, tables.incidents)).state,
    setState: (change: object) =>
      tables.incidents.write({ kind: 'upsert', row: toStateRow(tenantId, { ...newTenantState, ...change }) }),
    incident: async (id: number, days: number, columns: Record<string, string | number> = {}) => {
      const version = daysAgo(days);
      await incidentFeed(tables.index).add(tenantId, [
        {
          incidentId: `${id}`,
          version,
          header: { displayName: null, status: null, severity: null, assignedTo: null } as never,
        },
      ]);
      await put(keyOf(id), { version, asOf: version, status: 'resolved', complete: true, ...columns });
    },
    purge: () => purgeShard(deps, { shard: 0, shardCount: 1 }),
    keys: (prefix: string) =>
      tables.incidents
        .rows()
        .map(({ rowKey }) => rowKey)
        .filter((key) => key.startsWith(prefix))
        .sort(),
    hints: () =>
      tables.index
        .rows()
        .map(({ incidentId }) => Number(incidentId))
        .sort((a, b) => a - b),
  };
};

describe('incidents', () => {
  test('that are over and were last updated before the limit go, with hint, body and events; others stay', async () => {
    const world = await purging();
    await world.setState({ stored: 6, open: 2 });
    await world.incident(1, 401, { bodyBlob: 'blob-1' });
    await world.incident(2, 401, { status: 'redirected' });
    await world.incident(3, 401, { status: 'active', vanishedAt: daysAgo(300) });
    await world.incident(4, 401, { status: 'active' });
    await world.incident(5, 399);
    await world.incident(11, 399);
    await world.bodies.put('blob-1', new Uint8Array([1]));
    await world.bodies.put('blob-5', new Uint8Array([1]));
    await world.put('o_1_c_1', { state: 'pending' });
    await world.put('o_11_c_1', { state: 'pending' });
    expect(await world.purge()).toEqual({
      tenants: 1,
      failed: 0,
      incidents: 3,
      deliveries: 0,
      records: 0,
      unfinished: 0,
    });
    expect(world.keys('i_')).toEqual([4, 5, 11].map(keyOf).sort());
    expect(world.hints()).toEqual([4, 5, 11]);
    expect([...world.bodies.contents.keys()]).toEqual(['blob-5']);
    expect(world.keys('o_')).toEqual(['o_11_c_1']);
    expect(await world.state()).toMatchObject({ stored: 3, open: 2 });
  });

  test('take their links, journals and ticket index rows with them, of own connections and of those of all tenants', async () => {
    const world = await purging();
    const { tenantId, index } = world;
    const desks = [
      { scope: tenantId, connectionId: 'desk' },
      { scope: allTenants, connectionId: 'partner' },
    ];
    await world.setState({ stored: 3 });
    for (const [id, days] of [
      [1, 401],
      [11, 399],
      [2, 401],
    ] as const) {
      await world.incident(id, days);
      await world.put(`c_${id}_00000000000000000001_x`, { incidentId: `${id}` });
      for (const desk of desks) {
        const ticketId = `T${id}-${desk.connectionId}`;
        const ticket = {
          ticketId,
          number: ticketId,
          url: null,
          generation: 1,
          state: 'closed',
          version: null,
        } as const;
        const tickets = [{ ...ticket, createdAt: start }];
        const link = { ...newLink(tenantId, targetIdOf(desk), `${id}`), tickets };
        await world.incidents.write({ kind: 'upsert', row: toLinkRow(link, null) });
        // The ticket of the second one went over to the eleventh when they were merged.
        await ticketIndex(index).put(desk, ticketId, { tenantId, incidentId: id === 2 ? '11' : `${id}` });
      }
    }
    expect(await world.purge()).toMatchObject({ incidents: 2, failed: 0 });
    expect(world.keys('l_')).toEqual(['l_all.partner_11', 'l_desk_11']);
    expect(world.keys('c_')).toEqual(['c_11_00000000000000000001_x']);
    const found = async (ticketId: string) =>
      Promise.all(desks.map((desk) => ticketIndex(index).find(desk, `${ticketId}-${desk.connectionId}`)));
    expect(await found('T1')).toEqual([undefined, undefined]);
    for (const kept of ['T2', 'T11'])
      expect(await found(kept)).toEqual([1, 2].map(() => ({ tenantId, incidentId: '11' })));
  });

  test('many go in fenced batches, bounded a day, the rest the next', async () => {
    const world = await purging();
    await world.setState({ stored: 1_500 });
    for (let id = 1; id <= 1_500; id += 1) await world.incident(id, 500);
    expect(await world.purge()).toMatchObject({ incidents: 990, unfinished: 1 });
    expect(await world.state()).toMatchObject({ stored: 510 });
    expect(Math.max(...world.incidents.writes.batches)).toBeLessThanOrEqual(100);
    expect(await world.purge()).toMatchObject({ incidents: 510, unfinished: 0 });
    expect(await world.state()).toMatchObject({ stored: 0 });
    expect([world.keys('i_'), world.hints()]).toEqual([[], []]);
  });

  test('of a tenant in the middle of a long run are left for the next day', async () => {
    const world = await purging();
    await world.incident(1, 500);
    await world.setState({ stored: 1, leaseOwner: 'a run' });
    expect(await world.purge()).toMatchObject({ incidents: 0, unfinished: 1 });
    expect(await world.state()).toMatchObject({ stored: 1, leaseOwner: 'a run' });
    await world.setState({ stored: 1 });
    expect(await world.purge()).toMatchObject({ incidents: 1, unfinished: 0 });
  });

  test('one that a sync updates at that very moment stays as it is now', async () => {
    const relay = await inProcessRelay({ seed: 51, incidents: 20, alerts: false });
    await relay.sync();
    const { tenantId } = relay.tenant;
    const { incidentId } = relay.cloud.world.truth(tenantId).find(({ status }) => status === 'resolved')!;
    const rowKey = keyOf(Number(incidentId));
    let interrupted = false;
    const incidents: MemoryTable = {
      ...relay.incidents,
      writeBatch: async (operations) => {
        // Between the purge's look and its batch.
        if (!interrupted) {
          interrupted = true;
          relay.cloud.world.apply({ kind: 'reopen', tenantId, incidentId });
          relay.clock.advance(300_000);
          expect(await relay.sync()).toMatchObject({ state: 'complete' });
        }
        return relay.incidents.writeBatch(operations);
      },
    };
    const { blobs, index, clock } = relay;
    const deps = { incidents, bodies: blobs, feed: incidentFeed(index), index, clock };
    const before = fromTicks(BigInt(relay.clock.now()) * 10_000n);
    expect(await purgeIncidents(deps, tenantId, before)).toEqual({ rows: 0, whole: false });
    expect((await relay.incidents.get(tenantId, rowKey))?.row).toMatchObject({ status: 'active' });
    expect(relay.missing()).toEqual([]);
    expect((await readState(tenantId, relay.incidents)).state.stored).toBe(20);
  });

  test('a sync that has read its row before the purge loses its turn, not an incident', async () => {
    let purged = false;
    const world = await inProcessRelay({
      seed: 52,
      incidents: 30,
      alerts: false,
      intercept: async (_, pass) => {
        const answer = pass();
        if (!purged && relayReady) {
          purged = true;
          const deps = {
            incidents: world.incidents,
            bodies: world.blobs,
            feed: incidentFeed(world.index),
            index: world.index,
            clock: world.clock,
          };
          const before = fromTicks(BigInt(world.clock.now()) * 10_000n);
          expect((await purgeIncidents(deps, world.tenant.tenantId, before)).rows).toBeGreaterThan(0);
        }
        return answer;
      },
    });
    let relayReady = false;
    await world.sync();
    const { tenantId } = world.tenant;
    const { incidentId } = world.cloud.world.truth(tenantId).find(({ status }) => status === 'resolved')!;
    world.cloud.world.apply({ kind: 'reopen', tenantId, incidentId });
    relayReady = true;
    world.clock.advance(300_000);
    expect(await world.sync()).toMatchObject({ state: 'busy' });
    expect(await world.sync()).toMatchObject({ state: 'complete' });
    expect((await world.incidents.get(tenantId, keyOf(Number(incidentId))))?.row).toMatchObject({ status: 'active' });
    const { state } = await readState(tenantId, world.incidents);
    expect(state.stored).toBe(world.incidents.rows().filter(({ rowKey }) => rowKey.startsWith('i_')).length);
  });

  test('whatever of a purge breaks off, the next one takes the hints that are left', async () => {
    const world = await purging();
    await world.setState({ stored: 1 });
    await world.incident(1, 500);
    await world.incident(2, 500, { status: 'active' });
    await world.incidents.write({ kind: 'delete', partitionKey: world.tenantId, rowKey: keyOf(1) });
    expect(world.hints()).toEqual([1, 2]);
    expect(await purgeShared(world.deps)).toEqual({ rows: 1 });
    expect(world.hints()).toEqual([2]);
  });
});

describe('deliveries', () => {
  test('that ended before the limit go, pending ones and younger ones stay', async () => {
    const world = await purging();
    for (const state of ['delivered', 'superseded', 'dead', 'pending']) await world.put(`o_1_c_${state}`, { state });
    world.clock.advance(91 * day);
    await world.put('o_1_c_young', { state: 'delivered' });
    expect(await world.purge()).toMatchObject({ deliveries: 3 });
    expect(world.keys('o_')).toEqual(['o_1_c_pending', 'o_1_c_young']);
  });

  test('one that is replayed at that very moment stays', async () => {
    const world = await purging();
    await world.put('o_1_c_1', { state: 'dead' });
    world.clock.advance(91 * day);
    const incidents: MemoryTable = {
      ...world.incidents,
      write: async (operation) => {
        if (operation.kind === 'delete') await world.put('o_1_c_1', { state: 'pending' });
        return world.incidents.write(operation);
      },
    };
    const result = await purgeShard({ ...world.deps, incidents }, { shard: 0, shardCount: 1 });
    expect(result).toMatchObject({ deliveries: 0, failed: 0 });
    expect(world.keys('o_')).toEqual(['o_1_c_1']);
  });
});

describe('records', () => {
  test('runs, usage and windows before the limit go; younger ones stay', async () => {
    const world = await purging();
    const run = (days: number) => ({
      runId: `${startMs - days * day}-run000000000`,
      tenantId: world.tenantId,
      state: 'succeeded' as const,
      startedAt: start,
      seconds: 1,
      counts: noCounts,
      code: null,
      reason: null,
    });
    const window = (days: number) => ({ ...emptyWindow(daysAgo(days)), to: daysAgo(days - 1) });
    const rows = [
      toTenantRunRow(run(401)),
      toTenantRunRow(run(399)),
      toCoverageRow(world.tenantId, window(402), 'day'),
      toCoverageRow(world.tenantId, window(300), 'day'),
      { partitionKey: world.tenantId, rowKey: 'm_202509' },
      { partitionKey: world.tenantId, rowKey: 'm_202510' },
    ];
    for (const row of rows) await world.incidents.write({ kind: 'insert', row });
    expect(await world.purge()).toMatchObject({ records: 3 });
    expect(world.keys('r_')).toEqual([toTenantRunRow(run(399)).rowKey]);
    expect(world.keys('w_')).toEqual([`w_${daysAgo(300)}`]);
    expect(world.keys('m_')).toEqual(['m_202510']);
  });

  test('windows older than a week are joined to a row a day', async () => {
    const world = await purging();
    const base = Date.parse('2026-11-01T00:00:00Z');
    for (let hour = 0; hour < 24; hour += 1) {
      const at = (hours: number): Time7 => fromTicks(BigInt(base + hours * 3_600_000) * 10_000n);
      const row = toCoverageRow(world.tenantId, { ...emptyWindow(at(hour)), to: at(hour + 1), passes: 1 });
      await world.incidents.write({ kind: 'insert', row });
    }
    await world.purge();
    expect(world.keys('w_')).toEqual(['w_2026-11-01T00:00:00.0000000Z']);
    expect(world.incidents.rows().find(({ rowKey }) => rowKey.startsWith('w_'))).toMatchObject({
      passes: 24,
      kind: 'day',
    });
  });

  test('counters of the relay’s runs before the limit go, marks of other kinds stay', async () => {
    const world = await purging();
    const put = (partitionKey: string, rowKey: string) =>
      world.runs.write({ kind: 'upsert', row: { partitionKey, rowKey } });
    for (const [date, slot] of [
      ['2025-10-15', '2025-10-15T08:00Z'],
      ['2025-10-15', '2025-10-15T08:01Z'],
      ['2025-10-16', '2025-10-16T08:00Z'],
      ['2026-11-19', '2026-11-19T08:00Z'],
      ['sweep', 'last'],
    ] as const)
      await put(date, slot);
    expect(await purgeShared(world.deps)).toEqual({ rows: 2 });
    expect(world.runs.rows().map(({ rowKey }) => rowKey)).toEqual(['2025-10-16T08:00Z', '2026-11-19T08:00Z', 'last']);
  });

  test('answers of Entra’s that were taken go when they could not be taken again anyway', async () => {
    const world = await purging();
    const links = consentLinks(world.deps.index);
    await links.spend('ab'.repeat(16), daysAgo(1));
    await links.spend('cd'.repeat(16), new Date(world.clock.now() + day).toISOString());
    expect(await purgeShared(world.deps)).toEqual({ rows: 1 });
    expect(await links.spend('cd'.repeat(16), daysAgo(0))).toBe(false);
  });

  test('a job that nobody goes on with ends in part and leaves; one that moves stays', async () => {
    const world = await purging();
    const job = (days: number, progressDays: number) => {
      const runId = `${startMs - days * day}-random000001`;
      const range = { from: daysAgo(90), to: daysAgo(1), by: 'updated' as const };
      const made = newJob({ tenantId: world.tenantId, runId, kind: 'nightly', ...range }, startMs);
      return { ...made, progressAt: new Date(startMs - progressDays * day).toISOString() };
    };
    for (const one of [job(5, 3), job(6, 1), job(1, 1)])
      await world.incidents.write({ kind: 'insert', row: toJobRow(one) });
    await world.purge();
    expect(world.keys('j_')).toEqual([job(6, 1), job(1, 1)].map(({ runId }) => `j_${runId}`).sort());
  });
});

test('a tenant that cannot be purged is said, and the others are', async () => {
  const world = await purging();
  await tenantRegistry(world.tenants).put(plainTenant('00000002-0000-4000-8000-000000000000'));
  const incidents: MemoryTable = {
    ...world.incidents,
    get: (partition, ...rest) => {
      if (partition === world.tenantId) throw new Error('garbled');
      return world.incidents.get(partition, ...rest);
    },
  };
  const result = await purgeShard({ ...world.deps, incidents }, { shard: 0, shardCount: 1 });
  expect(result).toMatchObject({ tenants: 2, failed: 1 });
  expect(JSON.stringify(result).length).toBeLessThan(200);
  expect(world.logged).toContainEqual({
    message: 'tenant not purged',
    fields: { tenantId: world.tenantId, reason: 'garbled' },
  });
});

describe('Durable history', () => {
  test('of what ended is forgotten a week after it began, an hour at a time, and goes on where it stopped', async () => {
    const world = await purging();
    const slices: [number, number][] = [];
    const orchestrations = {
      forget: (from: number, to: number) => {
        slices.push([from, to]);
        return Promise.resolve(1);
      },
    };
    const purge = () => purgeHistory({ ...world.deps, orchestrations });
    expect(await purge()).toBe(200);
    expect(slices[0]).toEqual([startMs - 60 * day, startMs - 60 * day + 3_600_000]);
    for (let days = 0; days < 10; days += 1) await purge();
    expect(slices.at(-1)?.[1]).toBe(startMs - 7 * day);
    for (const [at, [from]] of slices.entries()) if (at > 0) expect(from).toBe(slices[at - 1]![1]);
    world.clock.advance(day);
    const before = slices.length;
    await purge();
    expect(slices.length - before).toBe(24);
  });

  test('in the local engine: what ended goes, what runs stays', async () => {
    const hub = await startLocalTaskHub(['ends', 'hangs'], (name) => name === 'hangs');
    try {
      await hub.client.startNew('ends', { instanceId: 'one', input: {} });
      await hub.client.startNew('hangs', { instanceId: 'two', input: {} });
      for (let tries = 0; hub.engine.instances.get('one')?.status !== 'Completed'; tries += 1) {
        if (tries > 500) throw new Error('it does not end');
        await new Promise((done) => setTimeout(done, 5));
      }
      const taskHub = durableOrchestrations(hub.client);
      expect(await taskHub.forget(Date.now() - day, Date.now() + day)).toBe(1);
      expect(hub.engine.instances.list({}).map(({ id }) => id)).toEqual(['two']);
      expect(await taskHub.forget(Date.now() - day, Date.now() + day)).toBe(0);
    } finally {
      await hub.stop();
    }
  });
});
