import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UpstreamError } from '../../shared/errors';
import type { OutgoingRequest } from '../../shared/ports';
import { undiciSend } from '../../shared/send';

const secret = 'Bearer not-for-logs';
let server: Server;
let url: string;
let listener: RequestListener;
let seen: { method: string | undefined; headers: IncomingMessage['headers']; body: string }[];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ method: request.method, headers: request.headers, body });
      listener(request, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen = [];
});

const send = undiciSend();
const ask = (more: Partial<OutgoingRequest> = {}) =>
  send({ method: 'GET', url: `${url}/path?q=1`, headers: { authorization: secret }, timeoutMs: 5_000, ...more });
const answering = (answer: (response: ServerResponse) => void): void => {
  listener = (_, response) => answer(response);
};

test('status, headers in lower case and body come back as they were sent', async () => {
  answering((response) => response.writeHead(207, { 'Retry-After': '7', 'X-Many': ['a', 'b'] }).end('é body'));
  const answer = await ask({ method: 'PATCH', body: '{"a":1}', headers: { 'content-type': 'application/json' } });
  expect(answer.status).toBe(207);
  expect(answer.headers['retry-after']).toBe('7');
  expect(answer.headers['x-many']).toBe('a, b');
  expect(answer.body).toBe('é body');
  expect(seen).toMatchObject([{ method: 'PATCH', body: '{"a":1}', headers: { 'content-type': 'application/json' } }]);
});

test('a redirect is an answer and is not followed', async () => {
  answering((response) => response.writeHead(302, { location: `${url}/elsewhere` }).end());
  expect(await ask()).toMatchObject({ status: 302, headers: { location: `${url}/elsewhere` } });
  expect(seen).toHaveLength(1);
});

test.each<[string, (response: ServerResponse) => void]>([
  [
    'a connection cut in the middle of the body',
    (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    },
  ],
  ['a connection closed without an answer', (response) => response.destroy()],
])('%s is an UpstreamError that may be tried again', async (_, answer) => {
  answering(answer);
  const error: unknown = await ask().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UpstreamError);
  expect(error).toMatchObject({ code: 'ERR_UPSTREAM', retryable: true });
});

test('the time limit covers the body, too', async () => {
  answering((response) => {
    response.writeHead(200);
    response.write('a start without an end');
  });
  const startedMs = performance.now();
  await expect(ask({ timeoutMs: 150 })).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});

test('a failure names the host and neither header nor path', async () => {
  answering((response) => response.destroy());
  const error = (await ask().catch((thrown: unknown) => thrown)) as Error;
  expect(error.message).toContain('GET 127.0.0.1:');
  expect(error.message).not.toContain('not-for-logs');
  expect(error.message).not.toContain('/path');
});

test('a port nobody listens on is an UpstreamError', async () => {
  await expect(ask({ url: 'http://127.0.0.1:1/' })).rejects.toBeInstanceOf(UpstreamError);
});
