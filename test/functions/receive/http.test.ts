import '../../shared/http/quietTestMode';
import { QueueClient } from '@azure/storage-queue';
import { HttpRequest, HttpResponse, InvocationContext } from '@azure/functions';
import { receiveWebhook } from '../../../functions/receive/http';
import { UpstreamError } from '../../../shared/errors';
import { httpHandler } from '../../../shared/http/route';
import type { HttpServices } from '../../../shared/http/services';
import type { InboundScheme } from '../../../shared/model/connection';
import { takeReceived } from '../../../shared/receive/takeReceived';
import { inbox } from '../../../shared/store/inbox';
import type { HttpWorld } from '../../shared/http/httpWorld';
import { startHttpWorld } from '../../shared/http/httpWorld';
import { issuedAtSeconds } from '../../shared/http/callers/tokenIssuer';
import { connectionOf, tenantId } from '../../shared/receive/hookWorld';
import type { Signed } from '../../shared/ticketing/signatures/signed';
import { keyFor, seeded, senders } from '../../shared/ticketing/signatures/signed';

let world: HttpWorld;
let queue: QueueClient;
const random = seeded(5);
beforeAll(async () => {
  world = await startHttpWorld();
  await world.putTenant({ tenantId });
  const { storage } = world.services.config;
  if (storage.kind !== 'connectionString') throw new Error('no connection string');
  queue = new QueueClient(storage.connectionString, 'inbox');
});
afterAll(() => world.stop());
beforeEach(async () => {
  await queue.clearMessages();
  world.logged.length = 0;
});

const atMs = issuedAtSeconds * 1000;
const news = (comment = 'closed by me') => ({
  type: 'ticket.closed',
  ticketId: '17',
  author: 'anna',
  occurredAt: new Date(atMs).toISOString(),
  version: 3,
  comment,
});

/** A connection with a hook of its own, and how its tool signs. */
const hooked = async (scheme: InboundScheme) => {
  const hookId = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  const key = keyFor(scheme, random);
  const connection = connectionOf(scheme, { connectionId: `desk-${hookId.slice(0, 6)}`, hookId });
  await world.services.connections.put(connection);
  await world.services.connectionSecrets.put(connection, { inbound: key });
  const signed = (body: object, id = 'delivery-1'): Signed =>
    senders[scheme]({ body: Buffer.from(JSON.stringify(body)), key, atMs, id });
  return { hookId, key, connection, signed };
};

const post = async (hookId: string, { headers, body }: Signed, services: HttpServices = world.services) => {
  const context = new InvocationContext({
    functionName: 'receiveWebhook',
    invocationId: 'one',
    logHandler: (level, message) => void world.logged.push({ level, message: String(message), fields: undefined }),
  });
  const request = new HttpRequest({
    method: 'POST',
    url: `http://127.0.0.1/api/webhooks/${encodeURIComponent(hookId)}`,
    params: { hookId },
    headers: { 'content-type': 'application/json', ...headers },
    body: { bytes: body },
  });
  const answered = await httpHandler(() => Promise.resolve(services), receiveWebhook)(request, context);
  const response = answered instanceof HttpResponse ? answered : new HttpResponse(answered);
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers.entries()),
    text: await response.text(),
  };
};

const waiting = async (): Promise<{ inboxKey: string; connectionId: string; scope: string }[]> => {
  const { peekedMessageItems } = await queue.peekMessages({ numberOfMessages: 32 });
  return peekedMessageItems.map(
    ({ messageText }) =>
      JSON.parse(Buffer.from(messageText, 'base64').toString()) as {
        inboxKey: string;
        connectionId: string;
        scope: string;
      },
  );
};

test.each(Object.keys(senders) as InboundScheme[])(
  '%s: 202 without a body, and all of it lies in storage',
  async (scheme) => {
    const { hookId, connection, signed } = await hooked(scheme);
    const startedMs = performance.now();
    const answer = await post(hookId, signed(news('Grüße 👋')));
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect([answer.status, answer.text]).toEqual([202, '']);
    const [message, ...others] = await waiting();
    expect(others).toEqual([]);
    expect(message).toMatchObject({ scope: tenantId, connectionId: connection.connectionId });
    const { storage } = world.services;
    const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const deps = { inbox: inbox(storage.inbox), received: storage.received, log: quiet };
    const taken = await takeReceived(deps, message?.inboxKey ?? '');
    expect(taken?.body).toEqual(news('Grüße 👋'));
    await taken?.done();
    expect(await takeReceived(deps, message?.inboxKey ?? '')).toBeUndefined();
  },
);

test('fifty at once and fifty more are one message', async () => {
  const { hookId, signed } = await hooked('github');
  const sent = signed(news());
  const fifty = () => Promise.all(Array.from({ length: 50 }, () => post(hookId, sent)));
  const startedMs = performance.now();
  const answers = [...(await fifty()), ...(await fifty())];
  console.log(`receiver: 100 deliveries of one webhook in ${Math.round(performance.now() - startedMs)} ms`);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(await waiting()).toHaveLength(1);
});

test('unknown hook, no header, wrong signature, other key, short key, no key: the same bytes', async () => {
  const { hookId, signed } = await hooked('standard');
  const other = await hooked('standard');
  const bare = await hooked('github');
  await world.services.connectionSecrets.delete(bare.connection);
  const sent = signed(news());
  const answers = [
    await post('ffffffffffffffffffffffffffffffff', sent),
    await post('x', sent),
    await post(`${hookId}/`, sent),
    await post(hookId, { ...sent, headers: {} }),
    await post(hookId, { ...sent, headers: { ...sent.headers, 'webhook-signature': 'v1,AAAA' } }),
    await post(hookId, { ...sent, body: Buffer.from('not even JSON') }),
    await post(other.hookId, sent),
    await post(bare.hookId, bare.signed(news())),
    await post(
      hookId,
      senders.standard({ body: sent.body, key: keyFor('standard', random), atMs: atMs - 400_000, id: 'late' }),
    ),
  ];
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]).toEqual({
    status: 401,
    text: '',
    headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-request-id': 'one' },
  });
  expect(await waiting()).toEqual([]);
});

test('an unknown hook takes about as long as a wrong signature', async () => {
  const { hookId, signed } = await hooked('standard');
  const forged = { ...signed(news()), headers: { ...signed(news()).headers, 'webhook-id': 'other' } };
  const ids = [hookId, 'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee'];
  const took = ids.map((): number[] => []);
  // In turns: other work on the machine slows both alike.
  for (let at = 0; at < 40; at += 1)
    for (const [which, id] of ids.entries()) {
      const startedMs = performance.now();
      await post(id, forged);
      took[which]?.push(performance.now() - startedMs);
    }
  const [known = 0, unknown = 0] = took.map((times) => times.sort((a, b) => a - b)[20] ?? 0);
  console.log(`receiver: median refusal ${known.toFixed(1)} ms known, ${unknown.toFixed(1)} ms unknown`);
  expect(Math.max(known, unknown) / Math.min(known, unknown)).toBeLessThan(4);
});

test('too large is 413 before anything is looked up, told or not told beforehand', async () => {
  const { hookId, signed } = await hooked('standard');
  const nobody: HttpServices = new Proxy(world.services, {
    get: (_, name) => {
      throw new Error(`asked for ${String(name)}`);
    },
  });
  const large = { headers: {}, body: Buffer.alloc(1024 * 1024 + 1, '1') };
  expect((await post(hookId, large, nobody)).status).toBe(413);
  expect(
    (await post(hookId, { headers: { 'content-length': '2000000' }, body: Buffer.from('{}') }, nobody)).status,
  ).toBe(413);
  const whole = signed({ ...news(), comment: 'x'.repeat(1024 * 1024 - 400) }, 'large');
  const startedMs = performance.now();
  expect((await post(hookId, whole)).status).toBe(202);
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});

test.each([
  [
    'the blob',
    (services: HttpServices) => ({
      received: { ...services.storage.received, put: () => Promise.reject(new UpstreamError('away')) },
    }),
  ],
  [
    'the rows',
    (services: HttpServices) => ({
      inbox: { ...services.storage.inbox, writeBatch: () => Promise.reject(new UpstreamError('away')) },
    }),
  ],
  [
    'the hint',
    (services: HttpServices) => ({
      inbox: { ...services.storage.inbox, write: () => Promise.reject(new UpstreamError('away')) },
    }),
  ],
])('503 with a wait where %s cannot be written, and the next try is taken', async (_, broken) => {
  const { hookId, signed } = await hooked('standard');
  const sent = signed(news());
  const services = { ...world.services, storage: { ...world.services.storage, ...broken(world.services) } };
  const refused = await post(hookId, sent, services);
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
  expect(await waiting()).toEqual([]);
  expect((await post(hookId, sent)).status).toBe(202);
  expect(await waiting()).toHaveLength(1);
});

test('a vault that is away asks the sender to come again', async () => {
  const { hookId, signed } = await hooked('standard');
  const services = {
    ...world.services,
    connectionSecrets: {
      ...world.services.connectionSecrets,
      inbound: () => Promise.reject(new UpstreamError('away')),
    },
  };
  expect((await post(hookId, signed(news()), services)).status).toBe(503);
});

test('Slack gets its challenge back, and a body that is no JSON is named', async () => {
  const { hookId, signed, key } = await hooked('slack');
  const greeted = await post(hookId, signed({ type: 'url_verification', challenge: 'abc' }));
  expect([greeted.status, greeted.text]).toEqual([200, '{"challenge":"abc"}']);
  const form = await post(hookId, senders.slack({ body: Buffer.from('payload=x'), key, atMs, id: '' }));
  expect([form.status, JSON.parse(form.text)]).toMatchObject([
    400,
    { code: 'ERR_REQUEST', errors: [{ field: 'body', message: 'is not JSON' }] },
  ]);
});

test('no line of the log holds anything of what came', async () => {
  const { hookId, signed, key } = await hooked('jira');
  const sent = signed(news('canary-in-the-body'), 'canary-in-the-id');
  await post(hookId, sent);
  await post(hookId, { ...sent, headers: { ...sent.headers, 'x-hub-signature': 'canary-in-the-header' } });
  await post('canary-in-the-path', sent);
  const told = JSON.stringify(world.logged);
  expect(told).toContain('webhook received');
  for (const secret of ['canary', key, hookId]) expect(told).not.toContain(secret);
});
