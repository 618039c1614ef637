import '../../shared/http/quietTestMode';
import type { Timer } from '@azure/functions';
import { InvocationContext } from '@azure/functions';
import type * as durable from 'durable-functions';
import type { DurableClient } from 'durable-functions';
import { scheduledReconcile } from '../../../functions/reconcile/timer';

const timer = { isPastDue: false } as unknown as Timer;
const clientOf = (startNew: (...start: unknown[]) => Promise<string>) => ({ startNew }) as unknown as DurableClient;

beforeAll(() => {
  jest.useFakeTimers({ now: Date.parse('2026-11-21T02:30:04.250Z'), doNotFake: ['setImmediate', 'nextTick'] });
});
afterAll(() => jest.useRealTimers());

test('each night starts its own deep read', async () => {
  const starts: unknown[][] = [];
  const client = clientOf((...start) => {
    starts.push(start);
    return Promise.resolve('id');
  });
  await scheduledReconcile(timer, client, new InvocationContext({ logHandler: () => undefined }));
  expect(starts).toEqual([
    ['reconcileTenants', { instanceId: 'reconcile-2026-11-21T02:30Z', input: { slot: '2026-11-21T02:30Z' } }],
  ]);
});

test('a night that is under way is told, not failed; one that cannot be started fails the timer', async () => {
  const logged: string[] = [];
  const context = new InvocationContext({ logHandler: (_, message) => void logged.push(String(message)) });
  await scheduledReconcile(
    timer,
    clientOf(() => Promise.reject(new Error('status code: 409'))),
    context,
  );
  expect(logged).toEqual(['the deep read of this slot is under way']);
  const down = clientOf(() => Promise.reject(new Error('503')));
  await expect(scheduledReconcile(timer, down, context)).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
});

test.each([
  ['reconcile', 'scheduledReconcile', '0 30 2 * * *'],
  ['sweep', 'scheduledSweep', '0 */5 * * * *'],
  ['purge', 'scheduledPurge', '0 15 3 * * *'],
])('without a setting the timer of %s is %s at %s', (folder, name, schedule) => {
  jest.isolateModules(() => {
    const { app } = jest.requireActual<typeof durable>('durable-functions');
    const registered = jest.spyOn(app.client, 'timer');
    jest.requireActual(`../../../functions/${folder}/timer`);
    expect(registered.mock.calls).toEqual([[name, expect.objectContaining({ schedule })]]);
  });
});
