import type { FakeServicenow, ServicenowOptions } from '../../../../local/tools/servicenow/index';
import { servicenowAccount, servicenowClient, startServicenow } from '../../../../local/tools/servicenow/index';
import type { ConnectionAuth } from '../../../../shared/model/connection';
import type { Send } from '../../../../shared/ports';
import { servicenow } from '../../../../shared/ticketing/servicenow/index';
import { clientStage } from '../clientStage';
import { changeOf, commentOf, contentOf, keyOfTest } from '../connectorContract';

const secret = 'correct-horse-battery-staple';
let tool: FakeServicenow;
let clock: { ms: number };
afterEach(async () => tool.stop());

const stage = async (
  settings: Readonly<Record<string, string>> = {},
  {
    options = {},
    auth = { kind: 'basic', user: servicenowAccount } as const,
    through,
  }: {
    readonly options?: Partial<ServicenowOptions>;
    readonly auth?: ConnectionAuth;
    readonly through?: (send: Send) => Send;
  } = {},
) => {
  clock = { ms: Date.parse('2026-11-20T12:00:00Z') };
  tool = await startServicenow({ secret, now: () => (clock.ms += 1_000), ...options });
  const connection = { mapping: { settings }, auth };
  return clientStage({ definition: servicenow, tool, connection, secret, clock, ...(through && { through }) });
};
const only = () => tool.tickets()[0]!;
const grants = () => tool.calls().filter(({ path }) => path === '/oauth_token.do').length;

describe('the ServiceNow connector', () => {
  test('says so when the instance leaves the key out of the query and answers with anything', async () => {
    const { connector } = await stage(
      {},
      {
        through: (send) => (request) =>
          send({ ...request, url: request.url.replace('correlation_id%3D', 'correlation_idd%3D') }),
      },
    );
    tool.add('incident', { short_description: 'Printer', correlation_id: 'other' });
    await expect(connector.find(keyOfTest)).rejects.toMatchObject({ code: 'ERR_CONTRACT' });
  });

  test('takes no record whose key differs in case alone, which the database finds equal', async () => {
    const { connector } = await stage();
    tool.add('incident', { correlation_id: keyOfTest.toUpperCase() });
    expect(await connector.find(keyOfTest)).toBeUndefined();
  });

  test('takes the oldest of two records with its key', async () => {
    const { connector } = await stage();
    const first = tool.add('incident', { correlation_id: keyOfTest });
    tool.add('incident', { correlation_id: keyOfTest });
    expect(await connector.find(keyOfTest)).toMatchObject({ ticketId: first });
  });

  test.each(['a^b', 'a=b', 'javascript:gs.log(1)^', '', 'x'.repeat(101), 'a b'])(
    'looks up no key that could be a query: %s',
    async (key) => {
      const { connector, asked } = await stage();
      await expect(connector.find(key)).rejects.toMatchObject({ code: 'ERR_TARGET', reason: 'refused' });
      expect(asked).toEqual([]);
    },
  );

  test.each([
    ['high', undefined, '1', '1'],
    ['medium', undefined, '2', '2'],
    ['informational', undefined, '3', '3'],
    ['unheardOf', undefined, '1', '1'],
    ['__proto__', undefined, '1', '1'],
    ['low', '2', '2', '2'],
    ['low', '1/3', '1', '3'],
  ])('writes severity %s (mapped: %s) as impact %s and urgency %s', async (severity, toolSeverity, impact, urgency) => {
    const { connector } = await stage();
    await connector.create(contentOf({ severity, ...(toolSeverity !== undefined && { toolSeverity }) }));
    expect(only().fields).toMatchObject({ impact, urgency });
  });

  test('writes mapped fields, and none of its own is overwritten by them', async () => {
    const { connector } = await stage();
    await connector.create(
      contentOf({ fields: { category: 'security', u_customer: '[code]<b>x</b>[/code]', correlation_id: 'stolen' } }),
    );
    expect(only()).toMatchObject({ key: keyOfTest, fields: { category: 'security' } });
    expect(only().fields.u_customer).not.toMatch(/\[code/);
  });

  test('resolves with code and note, and never closes', async () => {
    const { connector, asked } = await stage({ closeCode: 'Workaround provided' });
    const { ticketId } = await connector.create(contentOf());
    await connector.update(ticketId, changeOf({ status: 'resolved' }));
    expect(only()).toMatchObject({ status: '6', fields: { close_code: 'Workaround provided' } });
    expect(only().fields.close_notes).not.toBe('');
    await connector.update(ticketId, changeOf({ status: 'resolved', closeCode: 'Known error', closeNote: 'Seen.' }));
    expect(only().fields).toMatchObject({ close_code: 'Known error', close_notes: 'Seen.' });
    expect(asked.map(({ body = '' }) => body).join()).not.toContain('"state":"7"');
  });

  test('closes a duplicate under its survivor', async () => {
    const { connector } = await stage();
    const survivor = await connector.create(contentOf());
    const { ticketId } = await connector.create(contentOf({ key: `${keyOfTest}9` }));
    await connector.update(ticketId, changeOf({ status: 'resolved', duplicateOf: survivor }));
    expect(tool.tickets()[1]!.fields).toMatchObject({ close_code: 'Duplicate', parent_incident: survivor.ticketId });
  });

  test('puts a ticket on hold only where a reason is set', async () => {
    const without = await stage();
    const first = await without.connector.create(contentOf({ status: 'waiting' }));
    expect(await without.connector.read(first.ticketId)).toMatchObject({ rawStatus: '2' });
    await tool.stop();
    const held = await stage({ holdReason: '4' });
    const second = await held.connector.create(contentOf({ status: 'waiting' }));
    expect(await held.connector.read(second.ticketId)).toMatchObject({ rawStatus: '3', status: 'waiting' });
  });

  test('writes several comments of one kind as one entry with every marker', async () => {
    const { connector } = await stage();
    const { ticketId } = await connector.create(contentOf());
    const ids = ['p0000000000000001', 'p0000000000000002', 'p0000000000000003'];
    await connector.update(
      ticketId,
      changeOf({ comments: ids.map((id) => commentOf('long '.repeat(10_000), 'internal', id)) }),
    );
    expect(only()).toMatchObject({ writes: 2, comments: [{ visibility: 'internal' }] });
    for (const id of ids) expect(only().comments[0]!.text).toContain(`[xdr-relay:${id}]`);
  });

  test('leaves a closed ticket closed when it should be resolved, and asks for no follow-up', async () => {
    const { connector } = await stage();
    const { ticketId } = await connector.create(contentOf());
    await tool.change(ticketId, { status: '6' });
    await tool.change(ticketId, { status: '7' });
    await connector.update(ticketId, changeOf({ status: 'resolved', comments: [commentOf('Late', 'internal')] }));
    expect(only().status).toBe('7');
  });

  test('tells a write that was passed over in silence', async () => {
    const { connector } = await stage(
      {},
      {
        // As the platform does with fields the account may not write.
        through: (send) => (request) =>
          send(
            request.method === 'PATCH'
              ? { ...request, body: request.body!.replace(/"state":"\d+"/, '"urgency":"2"') }
              : request,
          ),
      },
    );
    const { ticketId } = await connector.create(contentOf());
    await expect(connector.update(ticketId, changeOf({ status: 'inProgress' }))).rejects.toMatchObject({
      code: 'ERR_TARGET',
      reason: 'refused',
    });
  });

  test('waits until the rate limit of the hour ends where no Retry-After says how long', async () => {
    const { connector } = await stage();
    const reset = String(Math.floor(clock.ms / 1_000) + 600);
    tool.play({ kind: 'status', status: 429, headers: { 'x-ratelimit-reset': reset } });
    const wait = await connector.find(keyOfTest).catch((error: unknown) => error);
    expect(wait).toMatchObject({ code: 'ERR_THROTTLED', retryAfterMs: expect.any(Number) as number });
    expect((wait as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(590_000);
  });

  test('lists no comments where its account may not read the journal', async () => {
    const { connector } = await stage({}, { options: { readsJournal: false } });
    const { ticketId } = await connector.create(contentOf());
    await tool.change(ticketId, { comment: { text: 'Seen', visibility: 'public' } });
    expect(await connector.commentsSince?.(ticketId, '2026-11-20T00:00:00.000Z')).toEqual([]);
  });

  test('lists no comment of another record, whatever the instance makes of the query', async () => {
    const { connector } = await stage(
      {},
      {
        through: (send) => (request) =>
          send({ ...request, url: request.url.replace('element_id%3D', 'element_idd%3D') }),
      },
    );
    const { ticketId } = await connector.create(contentOf());
    const { ticketId: other } = await connector.create(contentOf({ key: `${keyOfTest}:2` }));
    for (const id of [ticketId, other])
      await tool.change(id, { comment: { text: `About ${id}`, visibility: 'public' } });
    const listed = await connector.commentsSince?.(ticketId, '2026-11-20T00:00:00.000Z');
    expect(listed?.map(({ text }) => text)).toEqual([`About ${ticketId}`]);
  });

  test('lists no ticket that a person made, whoever changed it', async () => {
    const { connector } = await stage();
    const { ticketId } = await connector.create(contentOf());
    tool.add('incident', { short_description: 'Printer' });
    tool.add('sn_si_incident', { correlation_display: 'xdr-relay' });
    expect((await connector.changedSince('2026-11-20T00:00:00.000Z')).map((each) => each.ticketId)).toEqual([ticketId]);
  });
});

describe('a security incident', () => {
  const table = 'sn_si_incident';

  test('walks on from where it stands, and says its last words with the last step', async () => {
    const { connector, asked } = await stage({ table });
    const { ticketId } = await connector.create(contentOf());
    for (const status of ['16', '18', '19']) await tool.change(ticketId, { status });
    const before = asked.length;
    await connector.update(
      ticketId,
      changeOf({ status: 'resolved', closeCode: 'Threat mitigated', comments: [commentOf('Done', 'internal')] }),
    );
    const writes = asked.slice(before).filter(({ method }) => method === 'PATCH');
    expect(writes.map(({ body }) => (JSON.parse(body!) as { state: string }).state)).toEqual(['20', '100', '3']);
    expect(writes.map(({ body }) => body!.includes('work_notes'))).toEqual([false, false, true]);
    expect(only()).toMatchObject({ status: '3', fields: { close_code: 'Threat mitigated' } });
  });

  test('goes on where a try before was cut off, and says its words once', async () => {
    const { connector } = await stage({ table });
    const { ticketId } = await connector.create(contentOf({ status: 'inProgress' }));
    const change = changeOf({ status: 'resolved', comments: [commentOf('Done', 'internal')] });
    tool.play({ kind: 'status', status: 500, on: /^PATCH / });
    await expect(connector.update(ticketId, change)).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
    tool.play({ kind: 'cutAfterWork', on: /^PATCH / });
    await expect(connector.update(ticketId, change)).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
    await connector.update(ticketId, change);
    expect(only()).toMatchObject({ status: '3', comments: [{ visibility: 'internal' }] });
  });

  test('that somebody works on in a later phase is not drawn back', async () => {
    const { connector } = await stage({ table });
    const { ticketId } = await connector.create(contentOf());
    for (const status of ['16', '18']) await tool.change(ticketId, { status });
    await connector.update(ticketId, changeOf({ status: 'inProgress' }));
    expect(only()).toMatchObject({ status: '18', writes: 1 });
  });

  test('is cancelled from anywhere', async () => {
    const { connector } = await stage({ table });
    const { ticketId } = await connector.create(contentOf({ status: 'inProgress' }));
    await connector.update(ticketId, changeOf({ status: 'cancelled' }));
    expect(await connector.read(ticketId)).toMatchObject({ status: 'cancelled', rawStatus: '7' });
  });
});

describe('an OAuth client', () => {
  const auth = { kind: 'oauth', user: servicenowClient } as const;
  const settings = { account: servicenowAccount };

  test('is granted one token for many calls, and another before it ends', async () => {
    const { connector, later } = await stage(settings, { auth });
    await connector.find(keyOfTest);
    await connector.create(contentOf());
    await connector.changedSince('2026-11-20T00:00:00.000Z');
    expect(grants()).toBe(1);
    later(29 * 60_000);
    await connector.find(keyOfTest);
    expect(grants()).toBe(2);
    expect(tool.calls().map(({ status }) => status)).not.toContain(401);
  });

  test('gets a new token at once where one ended before its time', async () => {
    const { connector } = await stage(settings, { auth });
    await connector.find(keyOfTest);
    tool.endTokens();
    expect(await connector.find(keyOfTest)).toBeUndefined();
    expect(grants()).toBe(2);
  });

  test('with another secret never gets the token of the right one', async () => {
    const { connector } = await stage(settings, { auth });
    await connector.find(keyOfTest);
    const stranger = clientStage({
      definition: servicenow,
      tool,
      connection: { auth, mapping: { settings } },
      secret: 'a-guess',
      clock,
    });
    await expect(stranger.connector.find(keyOfTest)).rejects.toMatchObject({
      code: 'ERR_TARGET',
      reason: 'credential',
    });
  });

  test('needs the name of its account to know echoes by', async () => {
    const { connector } = await stage({}, { auth });
    await expect(connector.whoAmI()).rejects.toMatchObject({ code: 'ERR_TARGET', reason: 'refused' });
  });

  test('sends its secret in the body of the grant alone', async () => {
    const { connector, asked } = await stage(settings, { auth });
    await connector.create(contentOf());
    const holding = asked.filter((request) => JSON.stringify(request).includes(secret));
    expect(holding.map(({ url }) => new URL(url).pathname)).toEqual(['/oauth_token.do']);
    expect(holding[0]!.url).not.toContain(secret);
  });
});
