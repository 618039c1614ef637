import { ThrottledError, UpstreamError } from '../../../shared/errors';
import { readJob } from '../../../shared/store/jobs';
import type { DeepWorld } from './deepWorld';
import { deepWorld } from './deepWorld';

const range = ['2026-09-01T00:00:00Z', '2026-11-20T08:00:00Z'] as const;
const hour = 3_600_000;
const readOnce = async (options: Partial<Parameters<typeof deepWorld>[0]> = {}): Promise<DeepWorld> => {
  const world = await deepWorld({ seed: 41, incidents: 2_000, alerts: false, ...options });
  await world.catchUp();
  return world;
};
const traces = async ({ job, incidents }: DeepWorld) => ({
  open: await job.openJobs.first(10),
  rows: incidents.rows().filter(({ rowKey }) => rowKey.startsWith('j_')).length,
});

test('a job that has ended leaves no trace but its run', async () => {
  const world = await readOnce({ incidents: 20 });
  const runId = await world.ask('backfill', ...range);
  expect(await world.step(runId)).toEqual({ ended: true, waitSeconds: 0 });
  expect(await traces(world)).toEqual({ open: [], rows: 0 });
  expect(await world.run(runId)).toMatchObject({ state: 'succeeded' });
});

test('a step after the end, as when an activity runs twice, changes nothing', async () => {
  const world = await readOnce({ incidents: 20 });
  const runId = await world.ask('backfill', ...range);
  await world.step(runId);
  const before = world.incidents.rows();
  expect(await world.step(runId)).toEqual({ ended: true, waitSeconds: 0 });
  expect(world.incidents.rows()).toEqual(before);
});

test('the tenant’s removal ends it with that reason, where the run’s row still is', async () => {
  const world = await readOnce();
  const runId = await world.ask('backfill', ...range);
  await world.step(runId);
  await world.unregister();
  expect(await world.step(runId)).toMatchObject({ ended: true });
  expect(await world.run(runId)).toMatchObject({ state: 'failed', reason: 'The tenant was removed.' });
  expect(await traces(world)).toEqual({ open: [], rows: 0 });
});

test('an erased tenant gets no row any more', async () => {
  const world = await readOnce({ incidents: 5 });
  const runId = await world.ask('backfill', ...range);
  await world.unregister();
  for (const { partitionKey, rowKey } of world.incidents.rows())
    await world.incidents.write({ kind: 'delete', partitionKey, rowKey });
  expect(await world.step(runId)).toMatchObject({ ended: true });
  expect(world.incidents.rows()).toEqual([]);
  expect(await traces(world)).toEqual({ open: [], rows: 0 });
});

test('switching the tenant off ends it with that reason', async () => {
  const world = await readOnce({ incidents: 20 });
  const runId = await world.ask('reconcile', ...range);
  await world.register({ enabled: false });
  expect(await world.step(runId)).toMatchObject({ ended: true });
  expect(await world.run(runId)).toMatchObject({ state: 'failed', reason: 'Reading of the tenant was switched off.' });
});

describe('a day without progress', () => {
  const failing = async (error: () => Error): Promise<{ world: DeepWorld; runId: string; fail: () => void }> => {
    let fails = false;
    const world = await readOnce({
      incidents: 2_000,
      intercept: (_, pass) => {
        if (fails) throw error();
        return pass();
      },
    });
    const runId = await world.ask('backfill', ...range);
    return { world, runId, fail: () => (fails = true) };
  };

  test('ends it as failed where nothing was read, and says why', async () => {
    const { world, runId, fail } = await failing(() => new UpstreamError('502'));
    fail();
    let steps = 0;
    for (; steps < 40; steps += 1) {
      const { ended } = await world.step(runId);
      if (ended) break;
      world.clock.advance(hour);
      await world.sync();
    }
    expect(steps).toBe(25);
    expect(await world.run(runId)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/^Given up after a day without progress: /) as string,
    });
    expect(await traces(world)).toEqual({ open: [], rows: 0 });
  });

  test('ends it in part where something was read, and tells what is left', async () => {
    const { world, runId, fail } = await failing(() => new ThrottledError('429', 60_000));
    await world.step(runId);
    const { progress } = (await world.run(runId))!;
    expect(progress!.percent).toBeGreaterThan(0);
    fail();
    for (let steps = 0; steps < 40; steps += 1) {
      world.clock.advance(hour);
      await world.sync();
      if ((await world.step(runId)).ended) break;
    }
    const run = (await world.run(runId))!;
    expect(run).toMatchObject({ state: 'partial', reason: expect.stringContaining('Given up') as string });
    expect(run.progress!.remaining).toEqual(progress!.remaining);
  });

  test('is over with the first thing read', async () => {
    let fails = true;
    const world = await readOnce({
      intercept: (request, pass) => {
        if (fails && request.url.includes('2026-09-01')) throw new UpstreamError('502');
        return pass();
      },
    });
    const runId = await world.ask('backfill', ...range);
    for (let hours = 0; hours < 20; hours += 1) {
      expect(await world.step(runId)).toMatchObject({ ended: false });
      world.clock.advance(hour);
      await world.catchUp();
    }
    fails = false;
    await world.step(runId);
    const { progressAt } = (await readJob(world.tenant.tenantId, world.incidents, runId))!;
    expect(Date.parse(progressAt)).toBe(world.clock.now());
    await world.finish(runId);
    expect(await world.run(runId)).toMatchObject({ state: 'succeeded' });
  });
});

test('steps come at least ten seconds apart', async () => {
  const world = await readOnce();
  const runId = await world.ask('backfill', ...range);
  expect(await world.step(runId)).toEqual({ ended: false, waitSeconds: 10 });
});
