import { InvocationContext } from '@azure/functions';
import type { OrchestrationContext, Task } from 'durable-functions';
import type { Activity, ActivityReply } from '../../shared/durable';
import { activity, ActivityFailure, all, call } from '../../shared/durable';
import { ConfigError, ConflictError, ThrottledError, UpstreamError } from '../../shared/errors';
import { actionOf, registeredBy } from '../support/registered';

type Work = (input: { at: number }) => Promise<unknown>;

/** Registers work and answers how the host runs it. */
const registered = (work: Work, retries: { readonly attempts?: number; readonly retryAfterMs?: number } = {}) => {
  let handle: Activity<{ at: number }, unknown> | undefined;
  const { activities } = registeredBy(() => {
    handle = activity('aStep', work, retries);
  });
  const run = async (): Promise<unknown> =>
    (await activities.get('aStep')!({ at: 7 }, new InvocationContext({ functionName: 'aStep' }))) as unknown;
  return { handle: handle!, run };
};

describe('an activity', () => {
  test('answers its result', async () => {
    const { run } = registered(({ at }) => Promise.resolve({ count: at }));
    expect(await run()).toEqual({ ok: true, result: { count: 7 } });
  });

  test.each([
    [new ConfigError(['A is missing']), 'ERR_CONFIG'],
    [new ConflictError('changed'), 'ERR_CONFLICT'],
  ])('answers what no blind retry will help as data: %s', async (error, code) => {
    const { run } = registered(() => Promise.reject(error));
    expect(await run()).toEqual({ ok: false, code, message: error.message });
  });

  test('answers a throttle with its wait', async () => {
    const { run } = registered(() => Promise.reject(new ThrottledError('slow', 5_000)));
    expect(await run()).toEqual({ ok: false, code: 'ERR_THROTTLED', message: 'slow', retryAfterMs: 5_000 });
  });

  test.each([new UpstreamError('503'), new TypeError('a bug')])('throws what means run me again: %s', async (error) => {
    const { run } = registered(() => Promise.reject(error), { attempts: 2 });
    await expect(run()).rejects.toBe(error);
  });

  test('answers a passing fault as data where nobody would run it again', async () => {
    const { run } = registered(() => Promise.reject(new UpstreamError('503')));
    expect(await run()).toEqual({ ok: false, code: 'ERR_UPSTREAM', message: '503' });
  });

  test('has a handle that schedules it once, under its name with its input', () => {
    const { handle } = registered(() => Promise.resolve());
    expect(handle.activityName).toBe('aStep');
    expect(actionOf(handle({ at: 1 }).task)).toEqual({ actionType: 0, functionName: 'aStep', input: { at: 1 } });
  });

  test('is run again as often as told, bounded by attempts alone', () => {
    const { handle } = registered(() => Promise.resolve(), { attempts: 3, retryAfterMs: 2_000 });
    expect(actionOf(handle({ at: 1 }).task)).toEqual({
      actionType: 1,
      functionName: 'aStep',
      input: { at: 1 },
      retryOptions: { firstRetryIntervalInMilliseconds: 2_000, maxNumberOfAttempts: 3 },
    });
  });
});

describe('in an orchestrator', () => {
  const task = { isCompleted: false } as unknown as Task;
  const step = <Result>(generator: Generator<Task, Result, unknown>, reply: ActivityReply<unknown>) => {
    expect(generator.next().value).toBe(task);
    return generator.next(reply);
  };

  test('a call gives the result', () => {
    expect(step(call({ task }), { ok: true, result: { count: 3 } })).toEqual({ done: true, value: { count: 3 } });
  });

  test('a call throws what came as data, with code and wait', () => {
    const failed: ActivityReply<unknown> = { ok: false, code: 'ERR_THROTTLED', message: 'slow', retryAfterMs: 9 };
    let thrown: unknown;
    try {
      step(call({ task }), failed);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ActivityFailure);
    expect(thrown).toMatchObject({ code: 'ERR_THROTTLED', message: 'slow', retryAfterMs: 9 });
  });

  test('a call lets through what the SDK throws after its last retry', () => {
    const generator = call({ task });
    generator.next();
    expect(() => generator.throw(new Error('TaskFailed'))).toThrow('TaskFailed');
  });

  test('all waits for all at once and keeps each reply a value', () => {
    const asked: (readonly Task[])[] = [];
    const allOf = (tasks: readonly Task[]): Task => {
      asked.push(tasks);
      return task;
    };
    const context = { df: { Task: { all: allOf } } } as unknown as OrchestrationContext;
    const replies: ActivityReply<number>[] = [
      { ok: true, result: 1 },
      { ok: false, code: 'ERR_CONTRACT', message: 'odd' },
    ];
    const generator = all(context, [{ task }, { task }]);
    expect(generator.next().value).toBe(task);
    expect(generator.next(replies)).toEqual({ done: true, value: replies });
    expect(asked).toEqual([[task, task]]);
  });
});
