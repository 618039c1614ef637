import { setTimeout as wait } from 'node:timers/promises';
import { createDispatcher } from '../../../shared/delivery/dispatcher';
import type { LanesMessage } from '../../../shared/delivery/deliverMessage';
import type { LaneResult } from '../../../shared/delivery/laneResult';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = { now: () => Date.now(), elapsedMs: () => performance.now() };

interface Given {
  readonly work?: (incidentId: string) => Promise<LaneResult | undefined>;
  readonly budgetMs?: number;
}

const dispatcherOf = ({ work = () => Promise.resolve(undefined), budgetMs = 60_000 }: Given) => {
  const sent: { message: LanesMessage; delayMs: number }[] = [];
  const seen: string[] = [];
  const woken: string[] = [];
  let [calls, most] = [0, 0];
  const dispatcher = createDispatcher({
    deliverLane: ({ incidentId, tenantId }, { slot }) =>
      slot(async () => {
        calls += 1;
        most = Math.max(most, calls);
        seen.push(`${tenantId}:${incidentId}`);
        const result = await work(incidentId);
        calls -= 1;
        return result ?? { outcome: 'done' };
      }),
    wake: ({ targetId }) => Promise.resolve(void woken.push(targetId)),
    queue: {
      send: (message, { delayMs = 0 } = {}) =>
        Promise.resolve(void sent.push({ message: message as LanesMessage, delayMs })),
    },
    perConnection: 8,
    budgetMs,
    clock,
    log,
  });
  return { dispatcher, sent, seen, woken, most: () => most };
};

const message = (ids: readonly string[], targetId = 'desk', tenantId = 't'): LanesMessage => ({
  tenantId,
  targetId,
  incidentIds: [...ids],
});
const many = (count: number, from = 0): string[] => Array.from({ length: count }, (_, at) => `${from + at}`);

test('at most eight calls at once go to one connection, whatever the number of messages', async () => {
  const { dispatcher, seen, most } = dispatcherOf({ work: () => wait(5, undefined) });
  await Promise.all([dispatcher.dispatch(message(many(40))), dispatcher.dispatch(message(many(40, 40)))]);
  expect(seen).toHaveLength(80);
  expect(most()).toBe(8);
});

test('one message of a connection holds a place, the others give their lanes to it and go', async () => {
  let release = (): void => undefined;
  const hangs = new Promise<void>((resolve) => (release = resolve));
  const { dispatcher, seen } = dispatcherOf({
    work: async () => {
      await hangs;
      return undefined;
    },
  });
  const first = dispatcher.dispatch(message(['1']));
  await dispatcher.dispatch(message(['2']));
  await dispatcher.dispatch(message(['3']));
  // Those are back though nothing was answered yet.
  release();
  await first;
  expect(seen).toEqual(['t:1', 't:2', 't:3']);
});

test('a connection of all tenants is one, and connections of one name in two tenants are two', async () => {
  const { dispatcher, most } = dispatcherOf({ work: () => wait(5, undefined) });
  await Promise.all(['a', 'b', 'c'].map((tenantId) => dispatcher.dispatch(message(many(10), 'all.desk', tenantId))));
  expect(most()).toBe(8);
  const own = dispatcherOf({ work: () => wait(20, undefined) });
  await Promise.all(['a', 'b'].map((tenantId) => own.dispatcher.dispatch(message(many(10), 'desk', tenantId))));
  expect(own.most()).toBe(16);
});

test('a lane that is asked for again while it is under way is looked at once more, and not twice at once', async () => {
  const underWay = new Set<string>();
  const { dispatcher, seen } = dispatcherOf({
    work: async (incidentId) => {
      expect(underWay.has(incidentId)).toBe(false);
      underWay.add(incidentId);
      await wait(10);
      underWay.delete(incidentId);
      return undefined;
    },
  });
  const first = dispatcher.dispatch(message(['1']));
  await wait(2);
  await dispatcher.dispatch(message(['1']));
  await dispatcher.dispatch(message(['1']));
  await first;
  expect(seen).toEqual(['t:1', 't:1']);
});

test('what is left when the time is up goes back into the queue', async () => {
  const { dispatcher, seen, sent } = dispatcherOf({ budgetMs: 30, work: () => wait(20, undefined) });
  await dispatcher.dispatch(message(many(100)));
  const left = sent.flatMap(({ message: { incidentIds } }) => incidentIds);
  expect(seen.length).toBeLessThan(50);
  expect(seen.length + left.length).toBe(100);
});

test('after a pause was asked for nothing more is begun, and the rest comes back when it is over', async () => {
  const { dispatcher, seen, sent } = dispatcherOf({
    work: () => Promise.resolve({ outcome: 'held', pausedForMs: 60_000 }),
  });
  await dispatcher.dispatch(message(many(100)));
  expect(seen.length).toBeLessThanOrEqual(24);
  expect(sent.flatMap(({ message: { incidentIds } }) => incidentIds)).toHaveLength(100);
  expect(sent.every(({ delayMs }) => delayMs > 55_000)).toBe(true);
});

test('a retry is hinted for its time, a failed storage for half a minute later, and a connection that is back wakes all', async () => {
  const { dispatcher, sent, woken } = dispatcherOf({
    work: (incidentId) => {
      if (incidentId === '1') return Promise.resolve({ outcome: 'retry', againInMs: 5_000 });
      if (incidentId === '2') return Promise.reject(new Error('storage'));
      return Promise.resolve({ outcome: 'done', isUpAgain: true });
    },
  });
  await dispatcher.dispatch(message(['1', '2', '3']));
  expect(sent.map(({ message: { incidentIds }, delayMs }) => [incidentIds, delayMs])).toEqual([
    [['1'], 5_000],
    [['2'], 30_000],
  ]);
  expect(woken).toEqual(['desk']);
});
