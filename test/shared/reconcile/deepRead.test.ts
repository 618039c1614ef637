import { UpstreamError } from '../../../shared/errors';
import { coverageOf } from '../../../shared/sync/coverage/coverageOf';
import { readLedger } from '../../../shared/store/coverage';
import { beginning, mustBeTime7 } from '../../../shared/model/time7';
import { deepRead } from '../../../shared/reconcile/deepRead';
import { readAccess } from '../../../shared/store/access';
import { readJob } from '../../../shared/store/jobs';
import type { DeepWorld } from './deepWorld';
import { deepWorld } from './deepWorld';

const lateLines = ({ logged }: DeepWorld) => logged.filter(({ message }) => message === 'incidents found late');
const truthOf = ({ cloud, tenant }: DeepWorld) => cloud.world.truth(tenant.tenantId);
const readOnce = async (options: Parameters<typeof deepWorld>[0]): Promise<DeepWorld> => {
  const world = await deepWorld(options);
  await world.catchUp();
  expect(world.missing()).toEqual([]);
  return world;
};
const everything = ['2026-01-01T00:00:00Z', '2026-11-20T08:00:00Z'] as const;

describe('a deep read of a range', () => {
  test('of a store that misses nothing writes no incident, and finds nothing late', async () => {
    const world = await readOnce({ seed: 1, incidents: 400, alerts: false });
    const before = world.incidents.rows().filter(({ rowKey }) => rowKey.startsWith('i_'));
    const runId = await world.ask('reconcile', ...everything);
    await world.finish(runId);
    expect(await world.run(runId)).toMatchObject({
      state: 'succeeded',
      counts: { listed: 400, new: 0, changed: 0, unchanged: 400, incidentWrites: 0 },
      progress: { remaining: [], percent: 100, foundLate: 0, by: 'updated' },
    });
    expect(world.incidents.rows().filter(({ rowKey }) => rowKey.startsWith('i_'))).toEqual(before);
    expect(lateLines(world)).toEqual([]);
    expect((await world.state()).foundLate).toBeUndefined();
  });

  test('stores what is missing, counts it as found late and says so loudly', async () => {
    const world = await readOnce({ seed: 2, incidents: 120, alerts: false });
    const lost = truthOf(world).slice(3, 6);
    for (const { incidentId } of lost) await world.lose(incidentId);
    expect(world.missing()).toHaveLength(3);
    // The regular reading looks back an hour, not three months.
    world.clock.advance(300_000);
    await world.catchUp();
    expect(world.missing()).toHaveLength(3);
    const runId = await world.ask('reconcile', ...everything);
    await world.finish(runId);
    expect(world.missing()).toEqual([]);
    expect(lateLines(world)).toEqual([
      expect.objectContaining({ level: 'error', fields: expect.objectContaining({ count: 3, runId }) as unknown }),
    ]);
    expect(await world.run(runId)).toMatchObject({
      state: 'succeeded',
      counts: { new: 3 },
      progress: { foundLate: 3 },
    });
    expect(await world.state()).toMatchObject({ foundLate: { count: 3 }, stored: 123 });
  });

  test('trusts no memory of what was stored: the newest incident, lost, is found', async () => {
    const world = await readOnce({ seed: 3, incidents: 30 });
    const newest = truthOf(world).at(-1)!;
    await world.lose(newest.incidentId);
    await world.finish(await world.ask('reconcile', ...everything));
    expect(world.missing()).toEqual([]);
  });

  test('by creation finds an incident created in March, changed in June and missing from the store', async () => {
    const world = await readOnce({ seed: 4, incidents: 60, alerts: false });
    const create = (at: string): string =>
      world.cloud.world.apply({ kind: 'create', tenantId: world.tenant.tenantId, at }).incidentId;
    const march = create('2026-03-14T09:30:00.1234567Z');
    const june = create('2026-06-02T09:30:00Z');
    for (const incidentId of [march, june])
      world.cloud.world.apply({
        kind: 'update',
        tenantId: world.tenant.tenantId,
        incidentId,
        severity: 'low',
        at: '2026-06-20T12:00:00Z',
      });
    expect(world.missing().sort()).toEqual([march, june].sort());
    const runId = await world.ask('reconcile', '2026-03-01T00:00:00Z', '2026-03-31T23:59:59.9999999Z', 'created');
    await world.finish(runId);
    expect(world.row(march)).toMatchObject({ createdDateTime: '2026-03-14T09:30:00.1234567Z', severity: 'low' });
    expect(world.row(june)).toBeUndefined();
    expect(await world.run(runId)).toMatchObject({
      state: 'succeeded',
      counts: { new: 1 },
      progress: { by: 'created', foundLate: 1 },
    });
    const { window } = await world.state();
    expect(window?.foundLate).toBe(1);
    // Creation says nothing of updates: no stretch of the ledger is proven by it.
    expect(window?.reconciled).toEqual([]);
  });

  test('by update of the same March finds nothing, for it was updated later', async () => {
    const world = await readOnce({ seed: 4, incidents: 10, alerts: false });
    world.cloud.world.apply({ kind: 'create', tenantId: world.tenant.tenantId, at: '2026-03-14T09:30:00Z' });
    const { incidentId } = world.cloud.world.truth(world.tenant.tenantId)[0]!;
    const change = { kind: 'update' as const, tenantId: world.tenant.tenantId, incidentId, severity: 'low' as const };
    world.cloud.world.apply({ ...change, at: '2026-06-20T12:00:00Z' });
    const runId = await world.ask('reconcile', '2026-03-01T00:00:00Z', '2026-03-31T23:59:59Z');
    await world.finish(runId);
    expect(await world.run(runId)).toMatchObject({ counts: { listed: 0 }, progress: { foundLate: 0 } });
  });

  test('counts as late only what was claimed: nothing newer than the overlap reaches, in a gap, or in quarantine', async () => {
    const world = await readOnce({ seed: 5, incidents: 80, alerts: false });
    const all = truthOf(world);
    const [inGap, held, late] = [all[10]!, all[20]!, all[30]!];
    const fresh = world.cloud.world.apply({ kind: 'create', tenantId: world.tenant.tenantId }).incidentId;
    for (const { incidentId } of [inGap, held, late]) await world.lose(incidentId);
    const found = (await world.incidents.get(world.tenant.tenantId, 'state'))!;
    const at = mustBeTime7(inGap.lastUpdateDateTime, 'at');
    const gap = { from: at, to: at, reason: '206', attempts: 3, nextTry: '2026-12-01T00:00:00.000Z' };
    const row = { ...found.row, gaps: JSON.stringify([gap]), quarantined: 1 };
    await world.incidents.write({ kind: 'replace', row, etag: found.etag });
    await world.incidents.write({
      kind: 'insert',
      row: {
        partitionKey: world.tenant.tenantId,
        rowKey: `q_${held.incidentId}`,
        incidentId: held.incidentId,
        stage: 'stored',
        reason: 'too large',
        attempts: 1,
        nextTry: '2026-12-01T00:00:00.000Z',
        since: '2026-11-20T07:00:00.000Z',
      },
    });
    const runId = await world.ask('reconcile', '2026-01-01T00:00:00Z', '2026-11-20T08:00:01Z');
    await world.finish(runId);
    expect(world.missing()).toEqual([]);
    expect(world.row(fresh)).toBeDefined();
    expect(await world.run(runId)).toMatchObject({ counts: { new: 4 }, progress: { foundLate: 1 } });
  });

  test('an older version in the store is late, a newer one is not', async () => {
    const world = await readOnce({ seed: 6, incidents: 40, alerts: false });
    const [older, newer] = truthOf(world).slice(5, 7);
    const stored = async (incidentId: string, version: string): Promise<void> => {
      const found = (await world.incidents.get(world.tenant.tenantId, world.row(incidentId)!.rowKey))!;
      const row = { ...found.row, version, lastUpdateDateTime: version, bodyDigest: 'other' };
      await world.incidents.write({ kind: 'replace', row, etag: found.etag });
    };
    await stored(older!.incidentId, '2026-01-01T00:00:00.0000000Z');
    await stored(newer!.incidentId, '2026-11-20T07:59:00.0000000Z');
    const runId = await world.ask('reconcile', ...everything);
    await world.finish(runId);
    expect(await world.run(runId)).toMatchObject({ progress: { foundLate: 1 } });
    expect(world.row(newer!.incidentId)?.version).toBe('2026-11-20T07:59:00.0000000Z');
  });

  test('marks what it covered in the ledger as reconciled', async () => {
    const world = await readOnce({ seed: 7, incidents: 20, alerts: false });
    world.clock.advance(3_600_000);
    await world.catchUp();
    world.clock.advance(3_600_000);
    await world.catchUp();
    const { cursor } = await world.state();
    const asked = { from: mustBeTime7('2026-11-20T08:30:00Z', 'from'), to: cursor.readThrough! };
    await world.finish(await world.ask('reconcile', '2026-11-20T08:00:00Z', '2026-11-20T10:00:00Z'));
    const state = await world.state();
    const report = coverageOf({
      asked,
      enabled: true,
      state,
      ledger: await readLedger(world.incidents, world.tenant.tenantId, asked),
      laterRepairs: [],
      access: await readAccess(world.tenant.tenantId, world.incidents),
      quarantined: [],
      nowMs: world.clock.now(),
      overlapMinutes: 60,
      toleratedMs: 1_200_000,
    });
    expect(report.answer).toBe('yes');
    expect([...new Set(report.windows.map((window) => window.state))]).toEqual(['reconciled']);
  });

  test('says nothing of the regular reading: its last run, success and rhythm stay', async () => {
    const world = await readOnce({ seed: 8, incidents: 60, alerts: false });
    const before = await world.state();
    await world.lose(truthOf(world)[0]!.incidentId);
    await world.finish(await world.ask('reconcile', ...everything));
    const after = await world.state();
    for (const name of ['lastRun', 'lastSuccess', 'lastNonEmpty', 'rhythm', 'cursor'] as const)
      expect([name, after[name]]).toEqual([name, before[name]]);
    expect(after.totals.listed).toBe(before.totals.listed + 60);
  });
});

describe('a long deep read', () => {
  const many = { seed: 11, incidents: 3_000, alerts: false };

  test('takes steps of at most half a run’s calls, shows how far it is, and lets the regular reading go first', async () => {
    const world = await readOnce(many);
    const runId = await world.ask('backfill', ...everything);
    const percents: number[] = [];
    const calls: number[] = [];
    for (let steps = 0; steps < 50; steps += 1) {
      const before = world.calls.length;
      const { ended, waitSeconds } = await world.step(runId);
      calls.push(world.calls.length - before);
      const run = (await world.run(runId))!;
      percents.push(run.progress!.percent);
      if (ended) break;
      expect(run.state).toBe('running');
      expect(run.progress!.remaining.length).toBeGreaterThan(0);
      world.clock.advance(waitSeconds * 1000);
      await world.catchUp();
    }
    expect(calls.length).toBeGreaterThan(2);
    expect(Math.max(...calls)).toBeLessThanOrEqual(25);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(percents.at(-1)).toBe(100);
    expect(await world.run(runId)).toMatchObject({ state: 'succeeded', progress: { remaining: [] } });
    expect((await world.run(runId))!.counts.listed).toBeGreaterThanOrEqual(3_000);
    expect(await readJob(world.tenant.tenantId, world.incidents, runId)).toBeUndefined();
  });

  test('is busy while the tenant’s own turn is due, and asks nothing', async () => {
    const world = await readOnce(many);
    const runId = await world.ask('backfill', ...everything);
    world.clock.advance(300_000);
    const before = world.calls.length;
    expect(await world.step(runId)).toEqual({ ended: false, waitSeconds: 15 });
    expect(world.calls).toHaveLength(before);
    await world.catchUp();
    await world.step(runId);
    expect(world.calls.length).toBeGreaterThan(before + 10);
  });

  test('is busy while another run holds the tenant', async () => {
    const world = await readOnce({ ...many, incidents: 10 });
    const runId = await world.ask('backfill', ...everything);
    const found = (await world.incidents.get(world.tenant.tenantId, 'state'))!;
    const row = { ...found.row, leaseOwner: '1795161600000-another00000' };
    await world.incidents.write({ kind: 'replace', row, etag: found.etag });
    const before = world.calls.length;
    expect(await world.step(runId)).toMatchObject({ ended: false });
    expect(world.calls).toHaveLength(before);
  });

  test('goes on where its rows stand after a step that was cut down anywhere', async () => {
    for (let crash = 1; crash <= 12; crash += 1) {
      const world = await readOnce({ ...many, incidents: 1_500 });
      const lost = truthOf(world).filter((_, at) => at % 100 === 7);
      for (const { incidentId } of lost) await world.lose(incidentId);
      const runId = await world.ask('backfill', ...everything);
      let operations = 0;
      const broken = {
        ...world.incidents,
        writeBatch: (batch: Parameters<typeof world.incidents.writeBatch>[0]) => {
          operations += 1;
          if (operations === crash) return Promise.reject(new Error('killed'));
          return world.incidents.writeBatch(batch);
        },
      };
      const job = (await readJob(world.tenant.tenantId, world.incidents, runId))!;
      const id = `${world.clock.now()}-crashing0000`;
      await deepRead({ ...world.job, ...world.deps, incidents: broken }, world.tenant, id, job).catch(() => undefined);
      world.clock.advance(121_000);
      await world.catchUp();
      await world.finish(runId);
      expect([crash, world.missing()]).toEqual([crash, []]);
      expect(await world.run(runId)).toMatchObject({ state: 'succeeded' });
      if (operations < crash) break;
    }
  });

  test('takes nothing for read whose rows storage lost: a batch that fails once, wherever it is', async () => {
    for (let fault = 1; fault <= 6; fault += 1) {
      let batches = 0;
      const world: DeepWorld = await deepWorld({ ...many, incidents: 700 }, (deps) => ({
        ...deps,
        incidents: {
          ...deps.incidents,
          writeBatch: (batch) => {
            batches += 1;
            if (batches === fault) return Promise.reject(new UpstreamError('503'));
            return deps.incidents.writeBatch(batch);
          },
        },
      }));
      await world.catchUp();
      for (const { incidentId } of truthOf(world).filter((_, at) => at % 3 === 0)) await world.lose(incidentId);
      await world.finish(await world.ask('backfill', ...everything));
      expect([fault, world.missing()]).toEqual([fault, []]);
    }
  });
});

test('a range that is not served whole is tried again after a wait, and the job says what is left', async () => {
  let fails = true;
  const world = await deepWorld({
    seed: 21,
    incidents: 200,
    alerts: false,
    intercept: (request, pass) => {
      const isDeep = request.url.includes('le%202026-11-01') || request.url.includes('le 2026-11-01');
      const answer = pass();
      return fails && isDeep
        ? { ...answer, status: 206, headers: { ...answer.headers, warning: '199 - "partial"' } }
        : answer;
    },
  });
  await world.catchUp();
  const runId = await world.ask('backfill', '2026-08-01T00:00:00Z', '2026-11-01T00:00:00Z');
  const { ended, waitSeconds } = await world.step(runId);
  expect([ended, waitSeconds]).toEqual([false, 600]);
  const run = (await world.run(runId))!;
  expect(run.state).toBe('running');
  expect(run.progress!.remaining.length).toBeGreaterThan(0);
  fails = false;
  await world.finish(runId);
  expect(await world.run(runId)).toMatchObject({ state: 'succeeded', progress: { remaining: [], percent: 100 } });
});

test('reads through the other back end as well', async () => {
  const world = await readOnce({ seed: 22, incidents: 250, backend: 'defender' });
  const lost = truthOf(world).filter((_, at) => at % 25 === 1);
  for (const { incidentId } of lost) await world.lose(incidentId);
  await world.finish(await world.ask('backfill', ...everything));
  expect(world.missing()).toEqual([]);
});

test('the beginning of time is as good a start as any', async () => {
  const world = await readOnce({ seed: 23, incidents: 120, alerts: false });
  const runId = await world.ask('backfill', beginning, '2026-11-20T08:00:00Z');
  await world.finish(runId);
  expect(await world.run(runId)).toMatchObject({ state: 'succeeded', counts: { listed: 120 } });
});
