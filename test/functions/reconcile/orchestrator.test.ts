import { join } from 'node:path';
import type { Registered } from '../../support/registered';
import { registeredBy } from '../../support/registered';
import { replayHistories } from '../../support/replayHistories';
import { stepped } from '../../support/stepped';

let app: Registered;
beforeAll(() => {
  app = registeredBy(() => jest.requireActual('../../../functions/reconcile/orchestrator'));
});

const now = '2026-11-21T02:30:00.000Z';
const slot = '2026-11-21T02:30Z';
const called = (functionName: string, input: object) =>
  expect.objectContaining({ functionName, input }) as Record<string, unknown>;
const result = (left: number) => ({ ok: true, result: { left, ended: 2, failed: 1, foundLate: 1, calls: 10 } });

describe('a night, stepped by hand', () => {
  const night = (input: object = { slot }) => stepped(app, 'reconcileTenants', input, now);

  test('plans, takes a round of all shards, then rounds of those with jobs left, and closes', () => {
    const { next } = night();
    const shard = { slot, shardCount: 3, isLast: false };
    expect(next()).toEqual(called('planNight', { slot }));
    expect(next({ ok: true, result: { shardCount: 3 } })).toEqual(
      [0, 1, 2].map((at) => called('reconcileShard', { ...shard, round: 0, shard: at })),
    );
    expect(next([result(0), result(4), result(0)])).toEqual({ timer: '2026-11-21T02:31:00.000Z' });
    expect(next()).toEqual([called('reconcileShard', { ...shard, round: 1, shard: 1 })]);
    const summary = { slot, shards: 3, rounds: 2, ended: 8, failed: 4, foundLate: 4, calls: 40 };
    expect(next([result(0)])).toEqual(called('closeNight', summary));
    expect(next({ ok: true })).toEqual({ output: summary });
  });

  test('of no tenants ends without Task.all', () => {
    const { next } = night();
    next();
    const summary = { slot, shards: 0, rounds: 0, ended: 0, failed: 0, foundLate: 0, calls: 0 };
    expect(next({ ok: true, result: { shardCount: 0 } })).toEqual(called('closeNight', summary));
  });

  test('a shard that told nothing has another round', () => {
    const { next } = night();
    next();
    next({ ok: true, result: { shardCount: 2 } });
    next([{ ok: false, code: 'ERR_UPSTREAM', message: 'm' }, result(0)]);
    expect(next()).toEqual([called('reconcileShard', { slot, shardCount: 2, isLast: false, round: 1, shard: 0 })]);
  });

  test('begins its history anew every ten rounds, knowing where it is', () => {
    const { next, continued } = night();
    next();
    let asked = next({ ok: true, result: { shardCount: 1 } });
    for (let round = 0; round < 10; round += 1) {
      expect(asked).toEqual([called('reconcileShard', { slot, shardCount: 1, isLast: false, round, shard: 0 })]);
      expect(next([result(1)])).toHaveProperty('timer');
      asked = next();
    }
    expect(asked).toEqual({ output: undefined });
    const counts = { ended: 20, failed: 10, foundLate: 10, calls: 100 };
    expect(continued).toEqual([{ slot, shardCount: 1, shards: [0], round: 10, counts }]);
    expect(night(continued[0] as object).next()).toEqual([
      called('reconcileShard', { slot, shardCount: 1, isLast: false, round: 10, shard: 0 }),
    ]);
  });

  test('is over after its last round, which tells the shards so', () => {
    const counts = { ended: 0, failed: 0, foundLate: 0, calls: 0 };
    const { next, continued } = night({ slot, shardCount: 1, shards: [0], round: 299, counts });
    expect(next()).toEqual([called('reconcileShard', { slot, shardCount: 1, isLast: true, round: 299, shard: 0 })]);
    next([result(1)]);
    expect(next()).toEqual(called('closeNight', expect.objectContaining({ rounds: 300 }) as object));
    expect(continued).toEqual([]);
  });

  test('asks for at most 200 bytes a shard', () => {
    const { next } = night();
    next();
    const asked = next({ ok: true, result: { shardCount: 200 } }) as { input: object }[];
    expect(asked).toHaveLength(200);
    for (const { input } of asked) expect(JSON.stringify(input).length).toBeLessThan(200);
  });
});

describe('a range someone asked for, stepped by hand', () => {
  const id = { tenantId: '00000001-0000-4000-8000-000000000000', runId: '1795161600000-abcdef012345' };

  test('takes step after step with the waits they ask for, until the job has ended', () => {
    const { next, continued } = stepped(app, 'reconcileOne', id, now);
    expect(next()).toEqual(expect.objectContaining({ functionName: 'stepReconcile', input: id }));
    expect(next({ ok: true, result: { ended: false, waitSeconds: 15 } })).toEqual({
      timer: '2026-11-21T02:30:15.000Z',
    });
    expect(next()).toEqual(expect.objectContaining({ functionName: 'stepReconcile', input: id }));
    expect(next({ ok: true, result: { ended: true, waitSeconds: 0 } })).toEqual({ output: undefined });
    expect(continued).toEqual([]);
  });

  test('begins its history anew every fifty steps', () => {
    const { next, continued } = stepped(app, 'reconcileOne', id, now);
    let asked = next();
    for (let steps = 0; steps < 50; steps += 1) {
      expect(asked).toEqual(expect.objectContaining({ functionName: 'stepReconcile' }));
      next({ ok: true, result: { ended: false, waitSeconds: 10 } });
      asked = next();
    }
    expect(asked).toEqual({ output: undefined });
    expect(continued).toEqual([id]);
  });
});

replayHistories(join(__dirname, 'histories'), () => app);
