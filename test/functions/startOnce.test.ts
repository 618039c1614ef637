import type { DurableClient } from 'durable-functions';
import { startOnce } from '../../functions/startOnce';
import { UpstreamError } from '../../shared/errors';

/** A client whose starts end like this, one after the other. */
const clientOf = (ends: readonly (Error | 'started')[]) => {
  const starts: unknown[][] = [];
  const startNew = (...start: unknown[]): Promise<string> => {
    starts.push(start);
    const end = ends[starts.length - 1];
    return end instanceof Error ? Promise.reject(end) : Promise.resolve('id');
  };
  return { starts, client: { startNew } as unknown as DurableClient };
};
const start = (client: DurableClient): Promise<boolean> => startOnce(client, 'syncTenants', 'sync-1', { slot: 's' });

test('an orchestration is started under the id given, with its input', async () => {
  const { client, starts } = clientOf(['started']);
  expect(await start(client)).toBe(true);
  expect(starts).toEqual([['syncTenants', { instanceId: 'sync-1', input: { slot: 's' } }]]);
});

test('one that is under way already is not started again, and that is no error', async () => {
  const { client, starts } = clientOf([new Error('The operation failed with an unexpected status code: 409.')]);
  expect(await start(client)).toBe(false);
  expect(starts).toHaveLength(1);
});

test('a start that fails is tried three times', async () => {
  const { client, starts } = clientOf([new Error('ECONNRESET'), new Error('503'), 'started']);
  expect(await start(client)).toBe(true);
  expect(starts).toHaveLength(3);
});

test('a start whose answer was lost finds itself under way at the next try', async () => {
  const { client } = clientOf([new Error('socket hang up'), new Error('status code 409')]);
  expect(await start(client)).toBe(false);
});

test('three failures rise as passing, with the last one as cause', async () => {
  const last = new Error('4095 is not a status');
  const { client, starts } = clientOf([new Error('500'), new Error('500'), last, 'started']);
  const error: unknown = await start(client).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UpstreamError);
  expect(error).toMatchObject({ cause: last, retryable: true });
  expect(starts).toHaveLength(3);
});
