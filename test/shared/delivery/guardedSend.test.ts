import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { guardedSend, sendBehind } from '../../../shared/delivery/guardedSend';
import type { LogFields } from '../../../shared/ports';
import { createServerIdentity } from '../../../local/microsoft/tls/serverIdentity';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const servers: Server[] = [];
const serve = async (handler: Handler): Promise<string> => {
  const server = createServer(handler).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await once(server.close(), 'close');
  }
});

const logged: (LogFields | undefined)[] = [];
const log = { warn: (_: string, fields?: LogFields) => void logged.push(fields) };
const send = guardedSend({ allowPrivateTargets: true, log });
const ask = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"a":"ä"}',
  timeoutMs: 5_000,
} as const;

test('sends and brings the answer whole, with lower-case header names', async () => {
  const seen: string[] = [];
  const url = await serve((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => seen.push(text));
    request.on('end', () => response.writeHead(429, { 'Retry-After': '7' }).end('wait'));
  });
  expect(await send({ ...ask, url: `${url}/hook?x=1` })).toMatchObject({
    status: 429,
    body: 'wait',
    headers: { 'retry-after': '7' },
  });
  expect(seen.join('')).toBe('{"a":"ä"}');
});

test('a redirect is an answer: nobody goes there', async () => {
  const paths: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    paths.push(request.url);
    response.writeHead(302, { location: '/inside' }).end();
  });
  expect((await send({ ...ask, url })).status).toBe(302);
  expect(paths).toEqual(['/']);
});

test('of a large answer no more is read than allowed, and the status counts all the same', async () => {
  let sent = 0;
  const url = await serve((_, response) => {
    const more = (): void => {
      while (!response.destroyed && sent < 64 * 1024 * 1024) {
        sent += 64 * 1024;
        if (!response.write(Buffer.alloc(64 * 1024, 'x'))) return void response.once('drain', more);
      }
      response.end();
    };
    response.writeHead(200);
    more();
  });
  const answer = await send({ ...ask, url });
  expect([answer.status, answer.body.length]).toEqual([200, 4 * 1024 * 1024]);
  expect(sent).toBeLessThan(32 * 1024 * 1024);
});

test('a body that drips, and a receiver that never answers, end with the time given', async () => {
  const dripping = await serve((_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  });
  const hanging = await serve(() => undefined);
  for (const url of [dripping, hanging]) {
    const startedMs = performance.now();
    await expect(send({ ...ask, url, timeoutMs: 300 })).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  }
});

test('nobody there, no such name, and an answer cut off are passing', async () => {
  const cutting = await serve((request) => request.socket.destroy());
  const away = guardedSend({ allowPrivateTargets: false, log, lookup: () => Promise.reject(new Error('ENOTFOUND')) });
  await expect(send({ ...ask, url: cutting })).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
  await expect(send({ ...ask, url: 'http://127.0.0.1:1/' })).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
  await expect(away({ ...ask, url: 'https://no.example.com/secret-path' })).rejects.toMatchObject({
    code: 'ERR_UPSTREAM',
  });
});

test('what is refused is told with its host, never with its path', async () => {
  const guarded = guardedSend({
    allowPrivateTargets: false,
    log,
    lookup: () => Promise.resolve([{ address: '10.0.0.7', family: 4 }]),
  });
  logged.length = 0;
  const refused: unknown = await guarded({ ...ask, url: 'https://hooks.example.com/token-canary?key=canary' }).catch(
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({ code: 'ERR_TARGET', reason: 'address', status: null });
  expect(logged).toEqual([{ host: 'hooks.example.com', fault: expect.stringContaining('public Internet') as string }]);
  expect(JSON.stringify([logged, String(refused)])).not.toContain('canary');
});

describe('over TLS', () => {
  // For localhost.
  const identity = createServerIdentity();
  const served = async (): Promise<{ port: number; requests: () => number; stop: () => Promise<void> }> => {
    let requests = 0;
    const server = createTlsServer({ key: identity.key, cert: identity.cert }, (_, response) => {
      requests += 1;
      response.end('ok');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const stop = async (): Promise<void> => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    };
    return { port: (server.address() as AddressInfo).port, requests: () => requests, stop };
  };
  // The resolver of the test leads every name to this machine, which a guard of the test allows.
  const behind = (ca?: string) =>
    sendBehind(
      { faultOf: () => undefined, mayConnect: () => true },
      {
        log,
        lookup: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
        ...(ca === undefined ? {} : { ca }),
      },
    );

  test('the certificate has to be the host’s own, and from someone who is trusted', async () => {
    const { port, requests, stop } = await served();
    try {
      const trusting = behind(identity.caPem);
      expect(await trusting({ ...ask, url: `https://localhost:${port}/` })).toMatchObject({ status: 200, body: 'ok' });
      await expect(trusting({ ...ask, url: `https://other.example.com:${port}/` })).rejects.toMatchObject({
        code: 'ERR_UPSTREAM',
      });
      await expect(behind()({ ...ask, url: `https://localhost:${port}/` })).rejects.toMatchObject({
        code: 'ERR_UPSTREAM',
      });
      expect(requests()).toBe(1);
    } finally {
      await stop();
    }
  });
});
