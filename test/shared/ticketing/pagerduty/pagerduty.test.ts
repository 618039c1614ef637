import type { FakeTool } from '../../../../local/tools/fakeTool';
import type { PagerdutyOptions } from '../../../../local/tools/pagerduty';
import {
  pagerdutyAccount,
  pagerdutyPerson,
  pagerdutyRoutingKey,
  pagerdutyService,
  startPagerduty,
} from '../../../../local/tools/pagerduty';
import { ContractError } from '../../../../shared/errors';
import type { Connector } from '../../../../shared/ticketing/connector';
import { pagerduty } from '../../../../shared/ticketing/pagerduty';
import { fromTicket } from '../../../../shared/ticketing/pagerduty/fromTicket';
import { changeOf, commentOf, contentOf, keyOfTest } from '../connectorContract';
import type { HookReceiver } from '../hookReceiver';
import { startHookReceiver } from '../hookReceiver';
import { connectTo, failureOf } from '../ticketTools';

const secret = 'u+pd-rest-key-0123456789';
const auth = { kind: 'bearer' } as const;
let nowMs: number;
let tool: FakeTool;
let receiver: HookReceiver;

const start = async (options: Partial<PagerdutyOptions> = {}): Promise<void> => {
  await tool.stop();
  tool = await startPagerduty({ secret, now: () => (nowMs += 1_000), ...options });
};
const connect = (
  settings: Readonly<Record<string, string>> = { service: pagerdutyService },
  signingSecrets: readonly string[] = [],
): Connector =>
  connectTo(
    pagerduty,
    tool,
    { auth, mapping: { settings: { from: pagerdutyAccount.email, ...settings } } },
    { secret, signingSecrets, now: () => nowMs },
  );
const byEvents = (): Connector => connect({ eventsUrl: tool.url }, [pagerdutyRoutingKey]);

beforeEach(async () => {
  nowMs = Date.parse('2026-11-20T12:00:00.000Z');
  tool = await startPagerduty({ secret, now: () => (nowMs += 1_000) });
  receiver = await startHookReceiver();
});
afterEach(async () => {
  await receiver.stop();
  await tool.stop();
});

describe('making incidents', () => {
  test('a second try while the first is open makes none', async () => {
    const connector = connect();
    const ref = await connector.create(contentOf());
    expect(await connector.create(contentOf({ title: 'Another' }))).toEqual(ref);
    expect(await byEvents().create(contentOf({ key: `${keyOfTest}:2` }))).toEqual(
      await byEvents().create(contentOf({ key: `${keyOfTest}:2` })),
    );
    expect(tool.tickets()).toHaveLength(2);
  });

  test('by events is waited for, and looked for again where it takes long', async () => {
    await start({ eventLag: 2 });
    const ref = await byEvents().create(contentOf());
    expect(ref.ticketId).toBe(tool.tickets()[0]!.ticketId);
    await start({ eventLag: 7 });
    expect(await failureOf(byEvents().create(contentOf()))).toMatchObject({ code: 'ERR_UPSTREAM' });
    await byEvents().find(keyOfTest);
    expect(await byEvents().find(keyOfTest)).toMatchObject({ ticketId: tool.tickets()[0]!.ticketId });
    expect(tool.tickets()).toHaveLength(1);
  });

  test('by events carries severity, link and fields, and no call but that one carries the routing key', async () => {
    await byEvents().create(
      contentOf({
        severity: 'medium',
        fields: { component: 'mail', customer: 'ACME-7 {{x}}' },
        assignee: pagerdutyPerson.id,
      }),
    );
    const [incident] = tool.tickets();
    expect(incident!.fields).toMatchObject({
      urgency: 'high',
      incident_key: null,
      assigneeId: pagerdutyPerson.id,
      alerts: [
        {
          alert_key: keyOfTest,
          severity: 'error',
          details: { description: expect.stringContaining('Two alerts.') as string, customer: 'ACME-7 {{x}}' },
        },
      ],
    });
  });

  test('by events needs a routing key, and says where to put it', async () => {
    const error = await failureOf(connect({ eventsUrl: tool.url }).create(contentOf()));
    expect(error).toMatchObject({ code: 'ERR_TARGET', reason: 'credential' });
    expect(error.message).toContain('outbound.secret');
  });

  test('an unknown routing key is refused, and is in no message', async () => {
    const wrong = '0'.repeat(32);
    const error = await failureOf(connect({ eventsUrl: tool.url }, [wrong]).create(contentOf()));
    expect(error).toMatchObject({ code: 'ERR_TARGET', reason: 'refused', status: 400 });
    expect(`${error.message}${String(error.stack)}`).not.toContain(wrong);
  });

  test('by REST without a service is refused', async () => {
    const error = await failureOf(connect({ via: 'rest' }).create(contentOf()));
    expect(error.message).toContain('mapping.settings.service');
  });

  test('of two incidents with the key, the open one is found', async () => {
    const connector = connect();
    const first = await connector.create(contentOf());
    await connector.update(first.ticketId, changeOf({ status: 'resolved' }));
    const second = await connector.create(contentOf());
    expect(second.ticketId).not.toBe(first.ticketId);
    expect(await connector.find(keyOfTest)).toEqual(second);
  });

  test('priorities go as references, and words that are none are refused by name', async () => {
    const connector = connect();
    await connector.create(contentOf({ severity: 'low', toolSeverity: 'P53ZZH5' }));
    expect(tool.tickets()[0]!.fields).toMatchObject({ urgency: 'low', priority: { id: 'P53ZZH5' } });
    const content = contentOf({ key: `${keyOfTest}:2`, fields: { priority: 'very high' } });
    expect((await failureOf(connector.create(content))).message).toContain('priority');
  });
});

describe('changing incidents', () => {
  test('an account that keeps incidents resolved makes re-opening a follow-up', async () => {
    await start({ staysResolved: true });
    const connector = connect();
    const { ticketId } = await connector.create(contentOf());
    await connector.update(ticketId, changeOf({ status: 'resolved', closeNote: 'True positive.' }));
    expect(tool.tickets()[0]!.fields.resolution).toBe('True positive.');
    const error = await failureOf(connector.update(ticketId, changeOf({ status: 'inProgress' })));
    expect(error).toMatchObject({ code: 'ERR_TARGET', reason: 'ticketClosed' });
    await connector.update(ticketId, changeOf({ status: 'resolved' }));
  });

  test('one that a person resolved already takes the rest of the change', async () => {
    const connector = connect();
    const { ticketId } = await connector.create(contentOf());
    await tool.change(ticketId, { status: 'resolved' });
    await connector.update(ticketId, changeOf({ status: 'resolved', title: 'Its last title', closeNote: 'Done.' }));
    expect(tool.tickets()[0]).toMatchObject({ status: 'resolved', title: 'Its last title' });
  });

  test('a note whose answer was lost is not written a second time', async () => {
    const connector = connect();
    const { ticketId } = await connector.create(contentOf());
    const change = changeOf({ comments: [commentOf('Isolated.', 'internal', 'p00000000000000a1')] });
    tool.play({ kind: 'cutAfterWork', on: /^POST .*notes/ });
    expect(await failureOf(connector.update(ticketId, change))).toMatchObject({ code: 'ERR_UPSTREAM' });
    await connector.update(ticketId, change);
    expect(tool.tickets()[0]!.comments).toHaveLength(1);
  });

  test('a throttle lasts as long as the header of PagerDuty says', async () => {
    tool.play({ kind: 'status', status: 429, headers: { 'ratelimit-reset': '17' } });
    expect(await failureOf(connect().find(keyOfTest))).toMatchObject({ code: 'ERR_THROTTLED', retryAfterMs: 17_000 });
  });
});

test('incidents that others made are not listed as changed, and nothing more is asked of them', async () => {
  const connector = connect();
  await connector.create(contentOf({ key: 'disk-full-on-db7' }));
  await byEvents().create(contentOf({ key: 'cpu-hot-on-db7' }));
  const ours = await connector.create(contentOf());
  const calls = tool.calls().length;
  const listed = await connector.changedSince('2026-11-20T00:00:00.000Z');
  expect(listed.map(({ ticketId }) => ticketId)).toEqual([ours.ticketId]);
  expect(tool.calls()).toHaveLength(calls + 1);
});

describe('the account', () => {
  test('of a key of the whole account is the user named by from', async () => {
    await start({ keyOf: 'account' });
    expect(await connect().whoAmI()).toEqual({ id: pagerdutyAccount.id, name: pagerdutyAccount.name });
    const error = await failureOf(connect({ from: 'nobody@example.com' }).whoAmI());
    expect(error).toMatchObject({ code: 'ERR_TARGET', reason: 'credential' });
    expect(error.message).toContain('mapping.settings.from');
  });
});

describe('webhooks', () => {
  test('tell whom an incident was given to', async () => {
    const connector = connect();
    const { ticketId } = await connector.create(contentOf());
    tool.onWebhook({ url: receiver.url, secret: 'pd-webhook-secret-0123456789abcdef' });
    await tool.change(ticketId, { assignee: pagerdutyPerson.id });
    const [event] = receiver.received().flatMap(({ body }) => fromTicket(JSON.parse(body.toString('utf8'))));
    expect(event).toMatchObject({ ticketId, kind: 'updated', assignee: pagerdutyPerson.id });
  });

  const event = { event_type: 'incident.resolved', occurred_at: '2026-11-20T12:00:00.458Z', agent: null };
  test('whose agent is not named prove nothing of who it was', () => {
    const [said] = fromTicket({ event: { ...event, data: { id: 'PGR0VU2', status: 'resolved', assignees: [] } } });
    expect(said).toMatchObject({ ticketId: 'PGR0VU2', kind: 'closed', actor: null, status: 'resolved' });
    expect(said).not.toHaveProperty('assignee');
  });

  test('of their trial and of other things are nothing, and one without its incident is a ContractError', () => {
    const ping = { ...event, event_type: 'pagey.ping', data: { type: 'ping', message: 'Hello' } };
    expect(fromTicket({ event: ping })).toEqual([]);
    expect(fromTicket({ event: { ...event, event_type: 'incident.priority_updated', data: {} } })).toEqual([]);
    expect(() => fromTicket({ event: { ...event, data: {} } })).toThrow(ContractError);
  });
});
