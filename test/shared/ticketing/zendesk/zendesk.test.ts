import type { FakeTool } from '../../../../local/tools/fakeTool';
import type { ZendeskOptions } from '../../../../local/tools/zendesk';
import { startZendesk, zendeskAccount, zendeskPerson, zendeskResolutionField } from '../../../../local/tools/zendesk';
import type { Connector } from '../../../../shared/ticketing/connector';
import { zendesk } from '../../../../shared/ticketing/zendesk';
import { fromTicket } from '../../../../shared/ticketing/zendesk/fromTicket';
import { toHtml, toSubject } from '../../../../shared/ticketing/zendesk/text';
import { changeOf, commentOf, contentOf, keyOfTest } from '../connectorContract';
import type { HookReceiver } from '../hookReceiver';
import { startHookReceiver } from '../hookReceiver';
import { connectTo, failureOf } from '../ticketTools';

const secret = 'zd-token-9f8e7d6c5b4a39281706';
const auth = { kind: 'basic', user: zendeskAccount.email } as const;
let nowMs: number;
let tool: FakeTool;
let receiver: HookReceiver;

const start = async (options: Partial<ZendeskOptions> = {}): Promise<void> => {
  await tool.stop();
  tool = await startZendesk({ secret, now: () => (nowMs += 1_000), ...options });
};
const connect = (settings: Readonly<Record<string, string>> = {}, mapping = {}): Connector =>
  connectTo(zendesk, tool, { auth, mapping: { settings, ...mapping } }, { secret, now: () => nowMs });

beforeEach(async () => {
  nowMs = Date.parse('2026-11-20T12:00:00.000Z');
  tool = await startZendesk({ secret, now: () => (nowMs += 1_000) });
  receiver = await startHookReceiver();
});
afterEach(async () => {
  await receiver.stop();
  await tool.stop();
});

describe('writing', () => {
  test('a second try of making a ticket makes none, with the same words or others', async () => {
    const connector = connect();
    const ref = await connector.create(contentOf());
    expect(await connector.create(contentOf())).toEqual(ref);
    expect(await connector.create(contentOf({ title: 'Meanwhile it has another title' }))).toEqual(ref);
    expect(tool.tickets()).toHaveLength(1);
  });

  test('a comment whose answer was lost is not written a second time', async () => {
    const connector = connect();
    const { ticketId } = await connector.create(contentOf());
    const change = changeOf({ comments: [commentOf('Isolated.', 'internal', 'p00000000000000a1')] });
    tool.play({ kind: 'cutAfterWork', on: /^PUT / });
    expect(await failureOf(connector.update(ticketId, change))).toMatchObject({ code: 'ERR_UPSTREAM' });
    await connector.update(ticketId, change);
    expect(tool.tickets()[0]!.comments.filter(({ text }) => text.includes('Isolated.'))).toHaveLength(1);
  });

  test('tags of others stay, ours are replaced', async () => {
    const connector = connect();
    const { ticketId } = await connector.create(contentOf({ tags: ['VIP user', 'ring 1'] }));
    expect(tool.tickets()[0]!.fields.tags).toEqual(['xdr_relay', 'xdr_tag_vip_user', 'xdr_tag_ring_1']);
    const { tags } = tool.tickets()[0]!.fields;
    // As an agent does in the tool.
    (tags as string[]).push('escalated');
    await connector.update(ticketId, changeOf({ tags: ['ring 1'] }));
    expect(tool.tickets()[0]!.fields.tags).toEqual(['escalated', 'xdr_relay', 'xdr_tag_ring_1']);
  });

  test('custom fields go by number, own ones by name, and others are named', async () => {
    const connector = connect();
    await connector.create(
      contentOf({ fields: { group_id: '360001', '360000000001': '{{ticket.requester.email}}', type: 'problem' } }),
    );
    expect(tool.tickets()[0]!.fields).toMatchObject({
      group_id: 360_001,
      type: 'problem',
      custom_fields: [{ id: 360_000_000_001, value: '{\u200b{ticket.requester.email}}' }],
    });
    const error = await failureOf(connector.create(contentOf({ key: `${keyOfTest}:2`, fields: { colour: 'red' } })));
    expect(error).toMatchObject({ code: 'ERR_TARGET', reason: 'refused' });
    expect(error.message).toContain('"colour"');
  });

  test('a close code goes to the field of resolutions, and is read from it', async () => {
    const connector = connect({ resolutionField: String(zendeskResolutionField) });
    const { ticketId } = await connector.create(contentOf());
    await connector.update(ticketId, changeOf({ status: 'resolved', closeCode: 'false_positive' }));
    expect(await connector.read(ticketId)).toMatchObject({ status: 'resolved', resolution: 'false_positive' });
  });

  test('an account that wants an agent on solved tickets gets the one of the settings, and else says what to do', async () => {
    await start({ solvedNeedsAssignee: true });
    const { ticketId } = await connect().create(contentOf());
    const change = changeOf({ status: 'resolved', comments: [commentOf('Done.', 'internal')] });
    expect((await failureOf(connect().update(ticketId, change))).message).toContain('mapping.settings.solver');
    const connector = connect({ solver: String(zendeskPerson.id) });
    await connector.update(ticketId, change);
    expect(await connector.read(ticketId)).toMatchObject({ status: 'resolved', assignee: String(zendeskPerson.id) });
    expect(tool.tickets()[0]!.comments.filter(({ text }) => text.includes('Done.'))).toHaveLength(1);
  });

  test('more updates than Zendesk takes in a minute are a throttle', async () => {
    await start({ updatesPerMinute: 2 });
    const connector = connect();
    const { ticketId } = await connector.create(contentOf());
    await connector.update(ticketId, changeOf({ title: 'One' }));
    await connector.update(ticketId, changeOf({ title: 'Two' }));
    const error = await failureOf(connector.update(ticketId, changeOf({ title: 'Three' })));
    expect(error).toMatchObject({ code: 'ERR_THROTTLED' });
  });

  test('waiting is pending, or on hold where the settings say so', async () => {
    const { ticketId } = await connect().create(contentOf({ status: 'waiting' }));
    expect(tool.tickets()[0]!.status).toBe('pending');
    await connect({ waiting: 'hold' }).update(ticketId, changeOf({ status: 'waiting' }));
    expect(tool.tickets()[0]!.status).toBe('hold');
    expect(await connect().read(ticketId)).toMatchObject({ status: 'waiting' });
  });

  test('the description is for the staff alone, or for all, as the connection writes', async () => {
    const outbound = { events: ['created'], comments: 'all', as: 'public' } as const;
    const connector = connectTo(zendesk, tool, { auth, mapping: {}, outbound }, { secret, now: () => nowMs });
    await connect().create(contentOf());
    const comments = [commentOf('For the staff.', 'internal', 'i00000000000000a1')];
    await connector.create(contentOf({ key: `${keyOfTest}:2`, comments }));
    const [internal, open] = tool.tickets();
    expect(internal!.comments.map(({ visibility }) => visibility)).toEqual(['internal']);
    expect(open!.comments.map(({ visibility }) => visibility)).toEqual(['public', 'internal']);
    expect(open!.comments[0]!.text).not.toContain('For the staff.');
  });
});

describe('texts', () => {
  test('no cut leaves half an entity, and the last line stays', () => {
    const html = toHtml(`${'<&>'.repeat(20_000)}\nlast {{line}}`, 1_000);
    expect(html.length).toBeLessThanOrEqual(1_000);
    expect(html).toMatch(/^(?:&lt;|&amp;|&gt;)+…<br>last \{\u200b\{line\}\}$/);
  });

  test('a subject full of placeholders is no longer than Zendesk takes, and none of them is one', () => {
    const subject = toSubject('{{a}}'.repeat(100));
    expect(subject.length).toBeLessThanOrEqual(150);
    expect(subject).not.toMatch(/\{[{%]/);
  });
});

describe('webhooks', () => {
  test('of the trigger on our page tell the same as events', async () => {
    await start({ webhooks: 'trigger' });
    const connector = connect();
    const { ticketId } = await connector.create(contentOf());
    tool.onWebhook({ url: receiver.url, secret: 'zd-webhook-secret-0123456789abcdef==' });
    await tool.change(ticketId, { status: 'solved' });
    await tool.change(ticketId, { comment: { text: 'He said "no"\nand left', visibility: 'internal' } });
    const events = receiver.received().flatMap(({ body }) => fromTicket(JSON.parse(body.toString('utf8'))));
    const actor = { id: String(zendeskPerson.id), name: null };
    const [solved, commented] = events;
    expect(solved).toMatchObject({ ticketId, kind: 'updated', status: 'resolved', rawStatus: 'solved', actor });
    expect(commented).toMatchObject({
      kind: 'commented',
      actor,
      comment: { text: 'He said "no"\nand left', visibility: 'internal' },
    });
    // One form, so that a version of an event compares with one of a look at the ticket.
    const { version } = (await connector.read(ticketId))!;
    expect(commented!.version).toBe(version);
    expect(version).toMatch(/\.000Z$/);
  });

  test('about other things than tickets are nothing', () => {
    const envelope = { account_id: 1, id: 'x', time: '2026-11-20T12:00:00Z', detail: { id: '1' }, event: {} };
    expect(fromTicket({ ...envelope, type: 'zen:event-type:user.active_changed' })).toEqual([]);
    expect(fromTicket({ ...envelope, type: 'zen:event-type:ticket.tags_changed' })).toEqual([]);
  });

  test('the status of an account with states of its own stays its own word', () => {
    const event = { current: 'ESCALATED', previous: 'OPEN' };
    const body = {
      type: 'zen:event-type:ticket.status_changed',
      time: '2026-11-20T12:00:00Z',
      detail: { id: '7', actor_id: '-1' },
      event,
    };
    const [said] = fromTicket(body);
    expect(said).toMatchObject({ kind: 'updated', rawStatus: 'escalated', version: null });
    expect(said).not.toHaveProperty('status');
  });
});
