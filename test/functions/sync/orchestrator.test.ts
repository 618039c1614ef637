import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { OrchestrationContext, Task } from 'durable-functions';
import { DummyOrchestrationContext } from 'durable-functions';
import { ActivityFailure } from '../../../shared/durable';
import type { Registered } from '../../support/registered';
import { actionOf, registeredBy } from '../../support/registered';

let app: Registered;
beforeAll(() => {
  app = registeredBy(() => jest.requireActual('../../../functions/sync/orchestrator'));
});

const minutes = { slot: '2026-11-20T08:05Z', since: '2026-11-20T08:04Z' };
const shardOf = (factor: number) => ({
  tenants: 50 * factor,
  complete: 49 * factor,
  failed: factor,
  new: 10 * factor,
  changed: 20 * factor,
  calls: 60 * factor,
  writes: 30 * factor,
});

/** Steps an orchestrator by hand: each step answers what it asks of the host. */
const stepped = (name: string, input: object) => {
  const together: (readonly Task[])[] = [];
  const all = (tasks: readonly Task[]): Task => {
    if (tasks.length === 0) throw new Error('Task.all of nothing fails');
    together.push(tasks);
    return { together: together.length } as unknown as Task;
  };
  const context = { df: { getInput: () => input, Task: { all } } } as unknown as OrchestrationContext;
  const generator: Generator<Task, unknown, unknown> = app.orchestrators.get(name)!(context);
  const asked = ({ done, value }: IteratorResult<Task, unknown>): unknown => {
    if (done === true) return { output: value };
    return 'together' in (value as object) ? together.at(-1)!.map(actionOf) : actionOf(value);
  };
  return { next: (value?: unknown) => asked(generator.next(value)), generator, together };
};
const called = (functionName: string, input: object) => expect.objectContaining({ functionName, input }) as unknown;

describe('a scheduled run, stepped by hand', () => {
  test('plans, reads all shards side by side, closes, and answers its counters', () => {
    const { next, together } = stepped('syncTenants', minutes);
    expect(next()).toEqual(called('planShards', minutes));
    expect(next({ ok: true, result: { shardCount: 3 } })).toEqual(
      [0, 1, 2].map((shard) => called('syncShard', { ...minutes, shard, shardCount: 3 })),
    );
    expect(together).toHaveLength(1);
    const summary = { slot: minutes.slot, shards: 3, lost: 0, ...shardOf(6) };
    expect(next([1, 2, 3].map((factor) => ({ ok: true, result: shardOf(factor) })))).toEqual(
      called('closeRun', summary),
    );
    expect(next({ ok: true })).toEqual({ output: summary });
  });

  test('ends without Task.all where no shard is due', () => {
    const { next, together } = stepped('syncTenants', minutes);
    next();
    expect(next({ ok: true, result: { shardCount: 0 } })).toEqual({ output: undefined });
    expect(together).toEqual([]);
  });

  test('counts a shard that failed as lost and is closed all the same', () => {
    const { next } = stepped('syncTenants', minutes);
    next();
    next({ ok: true, result: { shardCount: 2 } });
    const summary = { slot: minutes.slot, shards: 2, lost: 1, ...shardOf(1) };
    const replies = [
      { ok: false, code: 'ERR_CONFIG', message: 'm' },
      { ok: true, result: shardOf(1) },
    ];
    expect(next(replies)).toEqual(called('closeRun', summary));
  });

  test('fails with the code where its plan fails, and asks for nothing more', () => {
    const { next } = stepped('syncTenants', minutes);
    next();
    const failed = (): unknown => next({ ok: false, code: 'ERR_CONFIG', message: 'The settings are not usable' });
    expect(failed).toThrow(ActivityFailure);
  });

  test('asks for at most 200 bytes a shard', () => {
    const { next } = stepped('syncTenants', minutes);
    next();
    const asked = next({ ok: true, result: { shardCount: 200 } }) as { input: object }[];
    expect(asked).toHaveLength(200);
    for (const { input } of asked) expect(JSON.stringify(input).length).toBeLessThan(200);
  });
});

describe('a requested run, stepped by hand', () => {
  const input = { tenantId: '00000001-0000-4000-8000-000000000000', runId: '1795161600000-abcdef012345' };

  test('reads its tenant and answers how it ended', () => {
    const { next } = stepped('syncOne', input);
    expect(next()).toEqual(called('syncTenant', input));
    expect(next({ ok: true, result: { state: 'complete' } })).toEqual({ output: { state: 'complete' } });
  });

  test('fails where its activity did, after the SDK’s last retry', () => {
    const { next, generator } = stepped('syncOne', input);
    next();
    expect(() => generator.throw(new Error('Activity function failed'))).toThrow('Activity function failed');
  });
});

interface StoredHistory {
  readonly orchestrator: string;
  readonly instanceId: string;
  readonly input: object;
  readonly history: readonly { readonly EventType: number }[];
  /** What each episode asked for when the history was recorded. */
  readonly episodes: readonly {
    readonly actions: readonly unknown[];
    readonly isDone: boolean;
    readonly output?: unknown;
  }[];
}

const folder = join(__dirname, 'histories');
const orchestratorCompleted = 13;

/** The history as the host sent it for the nth episode: up to the end of the episode before, and the messages of this one. */
const upToEpisode = (history: StoredHistory['history'], episode: number): StoredHistory['history'] => {
  const ends = history.flatMap(({ EventType }, at) => (EventType === orchestratorCompleted ? [at] : []));
  const kept = history.slice(0, ends[episode] ?? history.length);
  const taskScheduled = 4;
  const lastDone = ends[episode - 1] ?? -1;
  // What this episode itself will schedule is not yet part of its history.
  return kept.filter(({ EventType }, at) => at <= lastDone || EventType !== taskScheduled);
};

describe.each(readdirSync(folder))('the stored history %s, replayed by the SDK', (file) => {
  const stored = JSON.parse(readFileSync(join(folder, file), 'utf8')) as StoredHistory;

  test.each(stored.episodes.map((expected, episode) => [episode, expected] as const))(
    'asks for the same in episode %i',
    async (episode, { actions, isDone, output }) => {
      const trigger = {
        history: structuredClone(upToEpisode(stored.history, episode)),
        input: stored.input,
        instanceId: stored.instanceId,
        isReplaying: episode > 0,
        parentInstanceId: null,
        upperSchemaVersion: 1,
        // V4: the schema of today's extension, which keeps Task.all as one action.
        upperSchemaVersionNew: 3,
        longRunningTimerIntervalDuration: '3.00:00:00',
        maximumShortTimerDuration: '6.00:00:00',
        defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
      };
      const run = app.host.get(stored.orchestrator)!;
      const state: unknown = JSON.parse(JSON.stringify(await run(trigger, new DummyOrchestrationContext())));
      expect(state).toMatchObject({ schemaVersion: 3, actions: [actions], isDone });
      expect((state as { output?: unknown }).output).toEqual(output);
    },
  );
});
