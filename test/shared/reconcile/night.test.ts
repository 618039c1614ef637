import type { ObservedIncident } from '../../../shared/model/incident';
import { incidentFeed } from '../../../shared/store/feed';
import { incidentStore } from '../../../shared/store/incidents';
import { readTenantRun } from '../../../shared/store/tenantRuns';
import { listOfTenant } from '../../../shared/store/tenantIncidentList';
import type { DeepWorld } from './deepWorld';
import { deepWorld } from './deepWorld';

const firstNight = '2026-11-21T02:30Z';
const secondNight = '2026-11-22T02:30Z';

/** After its first reading, up to the evening before the first night. */
const readOnce = async (options: Partial<Parameters<typeof deepWorld>[0]> = {}): Promise<DeepWorld> => {
  const world = await deepWorld({ seed: 31, incidents: 60, alerts: false, ...options });
  await world.catchUp();
  return world;
};
const until = async (world: DeepWorld, iso: string): Promise<void> => {
  world.clock.advance(Date.parse(iso) - world.clock.now());
  await world.catchUp();
};
const nightRun = (world: DeepWorld, slot: string) =>
  readTenantRun(world.tenant.tenantId, world.incidents, `${Date.parse(slot)}-nightly00000`);
const openOf = ({ cloud, tenant }: DeepWorld): string[] =>
  cloud.world
    .truth(tenant.tenantId)
    .filter(({ status }) => status === 'active' || status === 'inProgress')
    .map(({ incidentId }) => incidentId);
const remove = ({ cloud, tenant }: DeepWorld, incidentId: string): void => {
  cloud.world.apply({ kind: 'remove', tenantId: tenant.tenantId, incidentId });
};
const listed = async ({ incidents, blobs, index, tenant }: DeepWorld, status: 'open' | 'all'): Promise<string[]> => {
  const reader = {
    tenantId: tenant.tenantId,
    store: incidentStore(tenant.tenantId, incidents, blobs),
    feed: incidentFeed(index),
  };
  const filter = { status, severity: undefined, assignedTo: undefined, updatedSince: undefined, q: undefined };
  const found = await listOfTenant(reader, { filter, sort: 'updated', limit: 500, from: undefined });
  return found.incidents.map(({ header }) => header.incidentId);
};

describe('a night', () => {
  test('of a store that misses nothing costs a few calls and writes no incident', async () => {
    const world = await readOnce();
    await until(world, '2026-11-21T02:30:10Z');
    const [calls, writes] = [world.calls.length, world.incidents.writes.batches.length];
    const results = await world.night(firstNight);
    expect(results).toEqual([{ left: 0, ended: 1, failed: 0, foundLate: 0, calls: world.calls.length - calls }]);
    expect(world.calls.length - calls).toBeLessThanOrEqual(6);
    // Two windows of the ledger; then state and run.
    expect(world.incidents.writes.batches.slice(writes)).toEqual([2, 2]);
    expect(await nightRun(world, firstNight)).toMatchObject({
      state: 'succeeded',
      counts: { incidentWrites: 0 },
      progress: { from: '2026-11-18T02:30:10.0000000Z', percent: 100, foundLate: 0 },
    });
    expect(world.incidents.rows().filter(({ rowKey }) => rowKey.startsWith('j_'))).toEqual([]);
  });

  test('run twice is one night', async () => {
    const world = await readOnce();
    await until(world, '2026-11-21T02:30:10Z');
    await world.night(firstNight);
    const calls = world.calls.length;
    expect(await world.night(firstNight)).toEqual([{ left: 0, ended: 0, failed: 0, foundLate: 0, calls: 0 }]);
    expect(world.calls).toHaveLength(calls);
  });

  test('finds what the last three days lack, and any open incident, however old', async () => {
    const world = await readOnce();
    const old = openOf(world)[0]!;
    const recent = world.cloud.world.truth(world.tenant.tenantId).at(-1)!.incidentId;
    await world.lose(old);
    await world.lose(recent);
    await until(world, '2026-11-21T02:30:10Z');
    expect(world.missing().sort()).toEqual([old, recent].sort());
    const [result] = await world.night(firstNight);
    expect(result).toMatchObject({ foundLate: 2 });
    expect(world.missing()).toEqual([]);
    expect(world.logged.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
      'incidents found late',
    ]);
  });

  test('reads nothing of a tenant that was never read, is switched off or is blocked', async () => {
    const fresh = await deepWorld({ seed: 31, incidents: 5, alerts: false });
    expect(await fresh.night(firstNight)).toMatchObject([{ ended: 0, left: 0, calls: 0 }]);
    const off = await readOnce();
    await off.register({ enabled: false });
    expect(await off.night(firstNight)).toMatchObject([{ ended: 0, left: 0, calls: 0 }]);
    const blocked = await readOnce();
    await blocked.incidents.write({
      kind: 'upsert',
      row: {
        partitionKey: blocked.tenant.tenantId,
        rowKey: 'access',
        state: 'blocked',
        reason: 'consentMissing',
        since: '2026-11-20T08:00:00.000Z',
        blockedUntil: '2026-12-20T08:00:00.000Z',
      },
    });
    expect(await blocked.night(firstNight)).toMatchObject([{ ended: 0, left: 0, failed: 1, calls: 0 }]);
  });

  test('of a large tenant goes on in rounds, the regular reading in between', async () => {
    const world = await readOnce({ incidents: 6_000 });
    await until(world, '2026-11-21T02:30:10Z');
    const results = await world.night(firstNight);
    expect(results.length).toBeGreaterThan(1);
    expect(results.at(-1)).toMatchObject({ left: 0, ended: 1 });
    expect(await nightRun(world, firstNight)).toMatchObject({ state: 'succeeded' });
  });

  test('that is over before everything was read says so, and leaves no job behind', async () => {
    const world = await readOnce({ incidents: 6_000 });
    await until(world, '2026-11-21T02:30:10Z');
    expect(await world.night(firstNight, 1)).toMatchObject([{ ended: 0, failed: 1 }]);
    expect(await nightRun(world, firstNight)).toMatchObject({
      state: 'partial',
      reason: expect.stringContaining('The night was over') as string,
    });
    expect(world.incidents.rows().filter(({ rowKey }) => rowKey.startsWith('j_'))).toEqual([]);
  });

  test('whose counters cross Durable’s history stays below 200 bytes a shard', async () => {
    const world = await readOnce({ incidents: 5 });
    for (const result of await world.night(firstNight)) expect(JSON.stringify(result).length).toBeLessThan(200);
  });
});

describe('an open incident that Defender does not list any more', () => {
  test('and does not know at two nights in a row counts as gone: it leaves the lists and the counters, its row stays', async () => {
    const world = await readOnce();
    const [gone] = openOf(world);
    const openBefore = (await world.state()).open;
    remove(world, gone!);
    await until(world, '2026-11-21T02:30:10Z');
    await world.night(firstNight);
    expect(world.row(gone!)).toMatchObject({ misses: 1 });
    expect(world.row(gone!)).not.toHaveProperty('vanishedAt');
    expect(await listed(world, 'open')).toContain(gone);
    expect((await world.state()).open).toBe(openBefore);

    await until(world, '2026-11-22T02:30:10Z');
    await world.night(secondNight);
    expect(world.row(gone!)).toMatchObject({ misses: 2, vanishedAt: '2026-11-22T02:30:10.0000000Z' });
    expect(await listed(world, 'open')).not.toContain(gone);
    expect(await listed(world, 'all')).toContain(gone);
    expect(await world.state()).toMatchObject({ open: openBefore - 1, stored: 60 });
    // Once gone it is asked for no more.
    const calls = world.calls.length;
    await until(world, '2026-11-23T02:30:10Z');
    const before = world.calls.length;
    await world.night('2026-11-23T02:30Z');
    expect(world.calls.slice(before).some(({ url }) => url.includes(`/incidents/${gone!}`))).toBe(false);
    expect(calls).toBeLessThan(before);
  });

  test('shown anew is back: in the lists, in the counters, and without an event', async () => {
    const targets = [{ connectionId: 'c', since: '2026-11-20T08:00:00.0000000Z' as ObservedIncident['version'] }];
    const world = await readOnce({ targets });
    const [id] = openOf(world);
    const whole = world.cloud.world.incidentsOf(world.cloud.world.tenants[0]!).byId.get(id!)!;
    const openBefore = (await world.state()).open;
    remove(world, id!);
    await until(world, '2026-11-21T02:30:10Z');
    await world.night(firstNight);
    await until(world, '2026-11-22T02:30:10Z');
    await world.night(secondNight);
    expect(world.row(id!)).toMatchObject({ misses: 2 });
    world.cloud.world.incidentsOf(world.cloud.world.tenants[0]!).add(whole);
    await until(world, '2026-11-23T02:30:10Z');
    await world.night('2026-11-23T02:30Z');
    expect(world.row(id!)).not.toHaveProperty('vanishedAt');
    expect(world.row(id!)).not.toHaveProperty('misses');
    expect(await listed(world, 'open')).toContain(id);
    expect((await world.state()).open).toBe(openBefore);
    expect(world.incidents.rows().filter(({ rowKey }) => rowKey.startsWith('o_'))).toEqual([]);
  });

  test('but is there all the same is taken in as it is now', async () => {
    const world = await readOnce();
    const [id] = openOf(world);
    // Resolved long ago, and the store was never told.
    world.cloud.world.apply({
      kind: 'resolve',
      tenantId: world.tenant.tenantId,
      incidentId: id!,
      classification: 'truePositive',
      determination: 'other',
    });
    const whole = world.cloud.world.incidentsOf(world.cloud.world.tenants[0]!);
    whole.alter(whole.byId.get(id!)!, () => {
      const incident = whole.byId.get(id!)!;
      incident.lastUpdateTicks = incident.createdTicks + 1n;
    });
    const found = (await world.incidents.get(world.tenant.tenantId, world.row(id!)!.rowKey))!;
    const older = { ...found.row, version: '2026-01-01T00:00:00.0000000Z', bodyDigest: 'other' };
    await world.incidents.write({ kind: 'replace', row: older, etag: found.etag });
    await until(world, '2026-11-24T02:30:10Z');
    await world.night('2026-11-24T02:30Z');
    expect(world.row(id!)).toMatchObject({ status: 'resolved' });
    expect(world.row(id!)).not.toHaveProperty('misses');
  });

  test('is asked for twenty at a night, and all have their turn within a few', async () => {
    const world = await readOnce({ incidents: 200 });
    const gone = openOf(world);
    expect(gone.length).toBeGreaterThan(40);
    for (const id of gone) remove(world, id);
    let missed = 0;
    for (let night = 21; night <= 30; night += 1) {
      await until(world, `2026-11-${night}T02:30:10Z`);
      const before = world.calls.length;
      await world.night(`2026-11-${night}T02:30Z`);
      const asked = world.calls
        .slice(before)
        .filter(({ url }) => gone.some((id) => url.includes(`/incidents/${id}?`))).length;
      expect(asked).toBeLessThanOrEqual(20);
      missed = gone.filter((id) => world.row(id)?.misses !== undefined).length;
      if (missed === gone.length) break;
    }
    expect(missed).toBe(gone.length);
  });

  test('is counted once by a step that is run again', async () => {
    const world = await readOnce();
    const [gone] = openOf(world);
    remove(world, gone!);
    await until(world, '2026-11-21T02:30:10Z');
    await world.night(firstNight);
    // As if the rows that say the night is done had been lost.
    const runKey = world.incidents
      .rows()
      .find(({ runId }) => runId === `${Date.parse(firstNight)}-nightly00000`)!.rowKey;
    await world.incidents.write({ kind: 'delete', partitionKey: world.tenant.tenantId, rowKey: runKey });
    await world.night(firstNight);
    expect(world.row(gone!)).toMatchObject({ misses: 1 });
  });
});

test('what a stored incident was merged into, and is not stored, is fetched', async () => {
  const world = await readOnce();
  const [absorbed, survivor] = openOf(world);
  const { tenantId } = world.tenant;
  world.cloud.world.apply({ kind: 'redirect', tenantId, incidentId: absorbed!, into: survivor! });
  world.clock.advance(300_000);
  await world.catchUp();
  // Resolved, so that no list of open ones shows it, and older than three days.
  world.cloud.world.apply({
    kind: 'resolve',
    tenantId,
    incidentId: survivor!,
    classification: 'truePositive',
    determination: 'other',
  });
  await until(world, '2026-11-25T02:30:10Z');
  await world.lose(survivor!);
  await world.night('2026-11-25T02:30Z');
  expect(world.row(survivor!)).toMatchObject({ status: 'resolved' });
});
