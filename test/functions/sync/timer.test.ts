import '../../shared/http/quietTestMode';
import { InvocationContext } from '@azure/functions';
import type { Timer } from '@azure/functions';
import type { DurableClient } from 'durable-functions';
import { scheduledSync } from '../../../functions/sync/timer';

const timerOf = (scheduleStatus: unknown): Timer =>
  ({ isPastDue: false, schedule: { adjustForDST: true }, scheduleStatus }) as Timer;
const lastAt = (last: string): Timer => timerOf({ last, lastUpdated: last, next: last });

const fire = async (timer: Timer, startNew: () => Promise<string> = () => Promise.resolve('id')) => {
  const starts: unknown[] = [];
  const logged: string[] = [];
  const client = {
    startNew: (name: string, options: object) => {
      starts.push([name, options]);
      return startNew();
    },
  } as unknown as DurableClient;
  const context = new InvocationContext({ logHandler: (_, message) => void logged.push(String(message)) });
  await scheduledSync(timer, client, context);
  return { starts, logged };
};

beforeAll(() => {
  jest.useFakeTimers({ now: Date.parse('2026-11-20T08:05:31.250Z'), doNotFake: ['setImmediate', 'nextTick'] });
});
afterAll(() => jest.useRealTimers());

test('each minute starts its own run, from the minute after the timer last ran', async () => {
  const { starts } = await fire(lastAt('2026-11-20T08:03:00.0012345+00:00'));
  const input = { slot: '2026-11-20T08:05Z', since: '2026-11-20T08:03Z' };
  expect(starts).toEqual([['syncTenants', { instanceId: 'sync-2026-11-20T08:05Z', input }]]);
});

test('the first time ever starts from the beginning of time', async () => {
  const { starts } = await fire(lastAt('0001-01-01T00:00:00+00:00'));
  expect(starts).toMatchObject([['syncTenants', { input: { since: '0001-01-01T00:00Z' } }]]);
});

test('a timer of which the host keeps no status gives everyone a turn first, then covers what passed since', async () => {
  const first = await fire(timerOf(null));
  const everyone = { slot: '2026-11-20T08:05:31Z', since: '1970-01-01T00:00Z' };
  expect(first.starts).toEqual([['syncTenants', { instanceId: 'sync-2026-11-20T08:05:31Z', input: everyone }]]);
  jest.setSystemTime(Date.parse('2026-11-20T08:05:36.250Z'));
  const second = await fire(timerOf({}));
  const since = { slot: '2026-11-20T08:05:36Z', since: '2026-11-20T08:05:31Z' };
  expect(second.starts).toEqual([['syncTenants', { instanceId: 'sync-2026-11-20T08:05:36Z', input: since }]]);
  jest.setSystemTime(Date.parse('2026-11-20T08:05:31.250Z'));
});

test('a minute whose run is under way is told, not failed', async () => {
  const { logged } = await fire(lastAt('2026-11-20T08:04:00Z'), () => Promise.reject(new Error('status code: 409')));
  expect(logged).toEqual(['the run of this slot is under way']);
});

test('a run that cannot be started fails the timer, so that the host tells', async () => {
  const down = (): Promise<string> => Promise.reject(new Error('503'));
  await expect(fire(lastAt('2026-11-20T08:04:00Z'), down)).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
});
