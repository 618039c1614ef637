import { Webhook } from 'standardwebhooks';
import type { WebhookReceiver } from '../../../../local/tools/webhook';
import { startWebhookReceiver } from '../../../../local/tools/webhook';
import { guardedSend } from '../../../../shared/delivery/guardedSend';
import { toCloudEvent } from '../../../../shared/delivery/toCloudEvent';
import type { Connection } from '../../../../shared/model/connection';
import type { JsonObject } from '../../../../shared/model/incident';
import type { OutboxEvent } from '../../../../shared/model/outbox';
import { mustBeTime7 } from '../../../../shared/model/time7';
import type { OutgoingRequest, Send } from '../../../../shared/ports';
import type { EventSender } from '../../../../shared/ticketing/connector';
import { verifySignature } from '../../../../shared/ticketing/signatures/verifySignature';
import { webhook } from '../../../../shared/ticketing/webhook';
import { connectionOf } from '../../receive/hookWorld';
import { keyFor, seeded } from '../signatures/signed';

const random = seeded(3);
const tenantId = '00000001-0000-4000-8000-000000000000';
const [key, next] = [keyFor('standard', random), keyFor('standard', random)];

let receiver: WebhookReceiver;
beforeEach(async () => {
  receiver = await startWebhookReceiver({ secret: key });
});
afterEach(() => receiver.stop());

const guarded = guardedSend({ allowPrivateTargets: true, log: { warn: () => undefined } });
const clock = { now: () => Date.now(), elapsedMs: () => performance.now() };

const senderOf = (given: { change?: Partial<Connection>; keys?: readonly string[]; send?: Send } = {}): EventSender => {
  if (webhook.delivers !== 'events') throw new Error('webhooks carry events');
  const connection = connectionOf('standard', { url: `${receiver.url}/events`, ...given.change });
  return webhook.sender({
    connection,
    secret: () => Promise.resolve('the-token'),
    signingSecrets: () => Promise.resolve(given.keys ?? [key]),
    send: given.send ?? guarded,
    clock,
  });
};

const event: OutboxEvent = {
  ...{
    eventId: 'e0123456789abcdef',
    tenantId,
    connectionId: 'desk',
    incidentId: '924565',
    type: 'updated',
    watchedDigest: 'w',
  },
  version: mustBeTime7('2026-11-20T08:00:00.1234567Z', 'version'),
};
const incident: JsonObject = {
  id: '924565',
  displayName: 'Grüße 👋 <script>alert(1)</script> \ud800',
  status: 'active',
  alerts: [],
};
const eventOf = (change: Partial<OutboxEvent> = {}, data = incident) => {
  const one = { ...event, ...change };
  return { id: one.eventId, body: JSON.stringify(toCloudEvent(one, data)) };
};

describe('an event', () => {
  test('is a CloudEvent whose id, source, subject and type say what became of what', () => {
    expect(toCloudEvent(event, incident)).toEqual({
      specversion: '1.0',
      id: 'e0123456789abcdef',
      source: `/tenants/${tenantId}`,
      subject: '924565',
      type: 'xdr-relay.incident.updated',
      time: '2026-11-20T08:00:00.1234567Z',
      datacontenttype: 'application/json',
      data: incident,
    });
  });

  test('is taken by a receiver that verifies with the package and knows no other fields', async () => {
    expect(await senderOf().send(eventOf())).toEqual({ status: 204 });
    const [taken] = receiver.events();
    expect(taken).toMatchObject({ id: event.eventId, type: 'xdr-relay.incident.updated', subject: '924565' });
    expect(taken?.data.displayName).toBe('Grüße 👋 <script>alert(1)</script> \ud800');
    expect(receiver.tickets()).toMatchObject([{ key: `${tenantId}:924565`, writes: 1, status: 'active' }]);
  });

  test('keeps its id when it is tried again, so that the receiver knows it', async () => {
    receiver.play({ kind: 'cutAfterWork' });
    await expect(senderOf().send(eventOf())).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
    await senderOf().send(eventOf());
    expect([receiver.events().length, receiver.repeated()]).toEqual([1, [event.eventId]]);
  });

  test('is refused by a receiver of another key: whoever configured it has to act', async () => {
    await expect(senderOf({ keys: [next] }).send(eventOf())).rejects.toMatchObject({
      code: 'ERR_TARGET',
      reason: 'credential',
      status: 401,
    });
    expect(receiver.events()).toEqual([]);
  });

  test('carries both signatures while a key is being turned: of 200 none is refused, whichever side turns first', async () => {
    for (let at = 0; at < 200; at += 1) {
      // The relay signs with both from the 50th on, the receiver turns at the 120th, the old one goes at the 150th.
      if (at === 120) receiver.turnTo(next);
      const keys = at < 50 ? [key] : at < 150 ? [next, key] : [next];
      await senderOf({ keys }).send(eventOf({ eventId: `event${at}` }));
    }
    expect(receiver.events()).toHaveLength(200);
  });

  test('is not sent without a key', async () => {
    for (const keys of [[], ['whsec_'], ['not a key']])
      await expect(senderOf({ keys }).send(eventOf())).rejects.toMatchObject({ code: 'ERR_AUTH' });
    expect(receiver.calls()).toEqual([]);
  });

  test('comes with the credential of a gate before the receiver, where there is one', async () => {
    const seen: OutgoingRequest[] = [];
    const send: Send = (request) => {
      seen.push(request);
      return Promise.resolve({ status: 202, headers: {}, body: '' });
    };
    await senderOf({ send, change: { auth: { kind: 'bearer' } } }).send(eventOf());
    await senderOf({ send, change: { auth: { kind: 'basic', user: 'relay' } } }).send(eventOf());
    await senderOf({ send }).send(eventOf());
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer the-token',
      `Basic ${Buffer.from('relay:the-token').toString('base64')}`,
      undefined,
    ]);
    await expect(senderOf({ send, change: { auth: { kind: 'oauth' } } }).send(eventOf())).rejects.toMatchObject({
      code: 'ERR_CONTRACT',
    });
    for (const { headers, body } of seen)
      expect(new Webhook(key).verify(body ?? '', { ...headers })).toMatchObject({ specversion: '1.0' });
  });
});

describe('what a receiver answers', () => {
  test.each([
    [410, {}, 'ERR_TARGET', 'gone'],
    [413, {}, 'ERR_TARGET', 'tooLarge'],
    [400, {}, 'ERR_TARGET', 'refused'],
    [415, {}, 'ERR_TARGET', 'refused'],
    [422, {}, 'ERR_TARGET', 'refused'],
    [401, {}, 'ERR_TARGET', 'credential'],
    [403, {}, 'ERR_TARGET', 'credential'],
    [301, { location: '/elsewhere' }, 'ERR_TARGET', 'refused'],
    [307, { location: 'http://169.254.169.254/' }, 'ERR_TARGET', 'refused'],
    [404, {}, 'ERR_UPSTREAM', undefined],
    [409, {}, 'ERR_UPSTREAM', undefined],
    [500, {}, 'ERR_UPSTREAM', undefined],
    [503, {}, 'ERR_UPSTREAM', undefined],
  ])('%i %j is %s %s', async (status, headers, code, reason) => {
    receiver.play({ kind: 'status', status, headers, body: 'canary-of-the-answer' });
    const refused: unknown = await senderOf()
      .send(eventOf())
      .catch((error: unknown) => error);
    expect(refused).toMatchObject(reason === undefined ? { code } : { code, reason, status });
    expect(String(refused)).not.toContain('canary');
    expect(receiver.calls()).toHaveLength(1);
  });

  test.each([
    [429, '7', 7_000],
    [429, undefined, 60_000],
    [503, '120', 120_000],
    [502, '1', 1_000],
    [429, '-5', 60_000],
    [429, '0', 1_000],
    [429, '999999999', 86_400_000],
    [429, 'soon', 60_000],
  ])('%i with a wait of %s is kept', async (status, retryAfter, retryAfterMs) => {
    receiver.play({ kind: 'status', status, ...(retryAfter === undefined ? {} : { retryAfter }) });
    await expect(senderOf().send(eventOf())).rejects.toMatchObject({ code: 'ERR_THROTTLED', retryAfterMs });
  });

  test('a moment to wait for is measured by the receiver’s own clock', async () => {
    const headers = { date: 'Fri, 20 Nov 2026 08:00:00 GMT', 'retry-after': 'Fri, 20 Nov 2026 08:00:30 GMT' };
    const send: Send = () => Promise.resolve({ status: 503, headers, body: '' });
    await expect(senderOf({ send }).send(eventOf())).rejects.toMatchObject({ retryAfterMs: 30_000 });
  });

  test('200, 201 and 202 with whatever body are success', async () => {
    for (const status of [200, 201, 202]) {
      receiver.play({ kind: 'status', status, body: '<html>thanks</html>' });
      expect(await senderOf().send(eventOf())).toEqual({ status });
    }
  });
});

test('the strict receiver takes nothing else', async () => {
  const post = async (body: string, change: Record<string, string> = {}): Promise<number> => {
    const atMs = Date.now();
    const headers = {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'webhook-id': event.eventId,
      'webhook-timestamp': String(Math.floor(atMs / 1000)),
      'webhook-signature': new Webhook(key).sign(event.eventId, new Date(atMs), body),
      ...change,
    };
    return (await fetch(receiver.url, { method: 'POST', headers, body })).status;
  };
  const good = toCloudEvent(event, incident);
  expect(await post(JSON.stringify(good))).toBe(204);
  expect(await post(JSON.stringify(good), { 'content-type': 'application/json' })).toBe(415);
  expect(await post(JSON.stringify(good), { 'webhook-signature': 'v1,' })).toBe(401);
  expect(await post(JSON.stringify(good), { 'webhook-timestamp': String(Math.floor(Date.now() / 1000) - 301) })).toBe(
    401,
  );
  for (const bad of [
    { ...good, more: 1 },
    { ...good, id: 'other' },
    { ...good, type: 'x' },
    { ...good, source: 'x' },
    { ...good, time: 'x' },
    { ...good, subject: '' },
    { ...good, data: 'x' },
    { ...good, specversion: '0.3' },
    [],
  ])
    expect(await post(JSON.stringify(bad))).toBe(400);
  expect((await fetch(receiver.url)).status).toBe(405);
});

test('what a person does there comes back signed, in the generic body', async () => {
  const sent: { headers: Record<string, string>; body: string }[] = [];
  receiver.onWebhook({ url: `${receiver.url}/nobody`, secret: next });
  await senderOf().send(eventOf());
  const ticketId = receiver.tickets()[0]?.ticketId ?? '';
  await receiver.change(ticketId, {
    status: 'resolved',
    resolution: 'fixed',
    comment: { text: 'Done', visibility: 'public' },
  });
  for (const { headers, body } of receiver.hooks()) sent.push({ headers: { ...headers }, body });
  expect(sent).toHaveLength(1);
  const { headers, body } = sent[0]!;
  expect(
    verifySignature('standard', { headers, body: Buffer.from(body), keys: [next], nowMs: Date.now() }),
  ).toMatchObject({ ok: true });
  expect(webhook.fromTicket(JSON.parse(body))).toMatchObject([
    {
      ticketId,
      kind: 'closed',
      status: 'resolved',
      resolution: 'fixed',
      comment: { text: 'Done', visibility: 'public' },
    },
  ]);
});

test('settings and schemes are what the page says', () => {
  expect(webhook.settings.safeParse({}).success).toBe(true);
  expect(webhook.settings.safeParse({ project: 'x' }).success).toBe(false);
  expect(webhook.schemes[0]).toBe('standard');
});
