import type { ToolServer } from '../../../local/tools/server';
import { startToolServer } from '../../../local/tools/server';
import type { HookReceiver } from '../../shared/ticketing/hookReceiver';
import { startHookReceiver } from '../../shared/ticketing/hookReceiver';

let server: ToolServer;
let receiver: HookReceiver;
let worked: string[];
const start = async (triesHookAgain?: (status: number | null) => boolean) => {
  worked = [];
  server = await startToolServer({
    maxBodyBytes: 100,
    hookTimeoutMs: 300,
    answer: ({ method, url, body }) => {
      worked.push(`${method} ${url} ${body.toString()}`);
      return { status: 201, body: { ok: true } };
    },
    ...(triesHookAgain && { triesHookAgain }),
  });
};
const ask = (path = '/a?b=1', body = '{}') =>
  fetch(`${server.url}${path}`, { method: 'POST', body, redirect: 'manual', signal: AbortSignal.timeout(300) });

beforeEach(async () => {
  receiver = await startHookReceiver();
});
afterEach(async () => {
  await server.stop();
  await receiver.stop();
});

describe('the server of a fake tool', () => {
  test('answers, and remembers what it was asked', async () => {
    await start();
    const answer = await ask();
    expect([answer.status, await answer.json()]).toEqual([201, { ok: true }]);
    expect(worked).toEqual(['POST /a?b=1 {}']);
    expect(server.calls()).toEqual([{ method: 'POST', path: '/a?b=1', status: 201 }]);
  });

  test('plays a status without doing the work, as often as told, and then works again', async () => {
    await start();
    server.play({ kind: 'status', status: 429, retryAfter: '7', times: 2, body: { no: 1 } });
    for (const at of [1, 2]) {
      const answer = await ask(`/${at}`);
      expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([429, '7', '{"no":1}']);
    }
    expect(worked).toEqual([]);
    expect((await ask()).status).toBe(201);
  });

  test('plays a fault on matching calls alone', async () => {
    await start();
    server.play({ kind: 'status', on: /^POST \/later/ });
    expect((await ask('/now')).status).toBe(201);
    expect((await ask('/later')).status).toBe(500);
  });

  test('cuts before or after the work', async () => {
    await start();
    server.play({ kind: 'cutBefore' });
    await expect(ask('/before')).rejects.toThrow();
    expect(worked).toEqual([]);
    server.play({ kind: 'cutAfterWork' });
    await expect(ask('/after')).rejects.toThrow();
    expect(worked).toHaveLength(1);
    expect(server.calls().map(({ status }) => status)).toEqual([null, null]);
  });

  test('hangs until the caller gives up', async () => {
    await start();
    server.play({ kind: 'hang' });
    await expect(ask()).rejects.toThrow(/abort|timeout/i);
  });

  test('redirects to a place that counts', async () => {
    await start();
    server.play({ kind: 'redirect' });
    expect((await ask()).headers.get('location')).toBe('/redirected');
    expect((await fetch(`${server.url}/redirected`)).status).toBe(200);
    expect(server.calls().map(({ path }) => path)).toEqual(['/a?b=1', '/redirected']);
  });

  test('refuses bodies that are too large', async () => {
    await start();
    expect((await ask('/a', 'x'.repeat(101))).status).toBe(413);
    expect(worked).toEqual([]);
  });

  test('sends webhooks in order, and none without a target', async () => {
    await start();
    await server.sendHook(() => ({ headers: {}, body: 'lost' }));
    server.onWebhook({ url: receiver.url, secret: 's' });
    void server.sendHook(({ secret }) => ({ headers: { 'x-key': secret }, body: '1' }));
    void server.sendHook(() => undefined);
    void server.sendHook(() => ({ headers: {}, body: '2' }));
    await server.settled();
    expect(receiver.received().map(({ body }) => body.toString())).toEqual(['1', '2']);
    expect(receiver.received()[0]!.headers['x-key']).toBe('s');
    expect(server.hooks().map(({ status }) => status)).toEqual([202, 202]);
  });

  test('tries a webhook again where its tool does', async () => {
    await start((status) => status === null);
    const { url } = receiver;
    await receiver.stop();
    server.onWebhook({ url, secret: 's' });
    await server.sendHook(() => ({ headers: {}, body: '1' }));
    expect(server.hooks().map(({ status }) => status)).toEqual([null, null, null, null]);
    receiver = await startHookReceiver();
  });
});
