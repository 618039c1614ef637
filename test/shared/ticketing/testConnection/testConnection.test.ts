import type { FakeTool, FakeToolOptions } from '../../../../local/tools/fakeTool';
import { githubRepository, startGithub } from '../../../../local/tools/github';
import { jiraProject, jiraUser, startJira } from '../../../../local/tools/jira';
import { pagerdutyAccount, pagerdutyService, startPagerduty } from '../../../../local/tools/pagerduty';
import { servicenowAccount, startServicenow } from '../../../../local/tools/servicenow';
import { startWebhookReceiver } from '../../../../local/tools/webhook';
import { startZendesk, zendeskAccount } from '../../../../local/tools/zendesk';
import { guardedSend } from '../../../../shared/delivery/guardedSend';
import { AuthError } from '../../../../shared/errors';
import type { Connection } from '../../../../shared/model/connection';
import type { Tenant } from '../../../../shared/model/tenant';
import { inbox } from '../../../../shared/store/inbox';
import { tools } from '../../../../shared/ticketing/registry';
import type { ConnectionTest } from '../../../../shared/ticketing/testConnection/testConnection';
import { testConnection } from '../../../../shared/ticketing/testConnection/testConnection';
import type { MemoryTable } from '../../../support/memoryTable';
import { memoryTable } from '../../../support/memoryTable';
import { plainConnection } from '../../../support/plainConnection';
import { plainTenant } from '../../../support/plainTenant';

const tenantId = '11111111-1111-4111-8111-111111111111';
const tenant: Tenant = plainTenant(tenantId, { name: 'Contoso', attributes: { customer: 'C-17' } });
const secret = 'correct-horse-battery-staple-42';
const key = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const webhookUrl = 'https://relay.example/api/webhooks/abc';
const send = guardedSend({ allowPrivateTargets: true, log: { warn: () => undefined } });

interface Shape {
  readonly start: (options: FakeToolOptions) => Promise<FakeTool>;
  readonly connection: (url: string) => Partial<Connection>;
}
const shapes: Readonly<Record<'servicenow' | 'jira' | 'zendesk' | 'pagerduty' | 'github', Shape>> = {
  servicenow: {
    start: startServicenow,
    connection: (url) => ({
      url,
      tool: 'servicenow',
      auth: { kind: 'basic', user: servicenowAccount },
      mapping: { closeCodes: { default: 'Known error' }, settings: { table: 'incident' } },
    }),
  },
  jira: {
    start: startJira,
    connection: (url) => ({
      url,
      tool: 'jira',
      auth: { kind: 'basic', user: jiraUser },
      mapping: { settings: { project: jiraProject } },
    }),
  },
  github: {
    start: startGithub,
    connection: (url) => ({
      url,
      tool: 'github',
      auth: { kind: 'bearer' },
      outbound: { ...plainConnection.outbound, as: 'public' },
      mapping: { settings: { repository: githubRepository } },
    }),
  },
  zendesk: {
    start: startZendesk,
    connection: (url) => ({ url, tool: 'zendesk', auth: { kind: 'basic', user: zendeskAccount.email }, mapping: {} }),
  },
  pagerduty: {
    start: startPagerduty,
    connection: (url) => ({
      url,
      tool: 'pagerduty',
      auth: { kind: 'bearer' },
      mapping: { settings: { from: pagerdutyAccount.email, service: pagerdutyService } },
    }),
  },
};

const fakes: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const fake of fakes.splice(0)) await fake.stop();
});
const started = async <T extends FakeTool>(starting: Promise<T>): Promise<T> => {
  const fake = await starting;
  fakes.push(fake);
  return fake;
};

interface Given {
  readonly inboundKeys?: readonly string[];
  readonly webhookUrl?: string | null;
  readonly tenant?: Tenant | undefined;
  readonly received?: MemoryTable;
  readonly auth?: () => Promise<string>;
  readonly onPause?: () => Promise<unknown>;
}
let runs = 0;
const run = (change: Partial<Connection>, given: Given = {}): Promise<ConnectionTest> =>
  testConnection(
    {
      tools,
      send,
      inbox: given.received ?? memoryTable(),
      secrets: {
        auth: given.auth ?? (() => Promise.resolve(secret)),
        inbound: () => Promise.resolve(given.inboundKeys ?? []),
        outbound: () => Promise.resolve([key]),
      },
      clock: { now: () => Date.now(), elapsedMs: () => performance.now() },
      pause: given.onPause ?? (() => Promise.resolve()),
      randomId: () => `a1b2c3d4e5f6a1b2c3d4${(runs += 1)}`,
    },
    {
      connection: { ...plainConnection, ...change },
      tenant: 'tenant' in given ? given.tenant : tenant,
      webhookUrl: given.webhookUrl === undefined ? webhookUrl : given.webhookUrl,
      waitSeconds: 3,
    },
  );
const outcome = ({ steps }: ConnectionTest): Record<string, boolean | null> =>
  Object.fromEntries(steps.map(({ step, ok }) => [step, ok]));
const stepOf = ({ steps }: ConnectionTest, name: string) => steps.find(({ step }) => step === name);

const allHeld = { secret: true, account: true, create: true, find: true, comment: true, update: true, resolve: true };

describe.each(Object.entries(shapes))('%s', (_, { start, connection }) => {
  test('a ticket that is clearly a test goes through its whole life, twice over', async () => {
    const fake = await started(start({ secret }));
    for (const at of [0, 1]) {
      const told = await run(connection(fake.url));
      expect([outcome(told), told.ok]).toEqual([{ ...allHeld, webhook: null }, true]);
      const ticket = fake.tickets()[at];
      expect(told.ticket).toMatchObject({ ticketId: ticket?.ticketId, number: ticket?.number, isClosed: true });
      expect(ticket?.title).toMatch(/^\[TEST\] xdr-relay: /);
      expect(ticket?.comments.map(({ text }) => text).join()).toContain('connection test');
    }
    expect(fake.tickets()).toHaveLength(2);
  });

  test('a secret that is refused: the account says so, with what to do, and no ticket is made', async () => {
    const fake = await started(start({ secret: 'another-secret-that-is-right' }));
    const told = await run(connection(fake.url));
    expect(outcome(told)).toMatchObject({ account: false, create: false, find: null, resolve: null });
    expect(stepOf(told, 'account')).toMatchObject({
      code: 'ERR_TARGET',
      cure: expect.stringContaining('rights') as string,
    });
    expect([told.ok, told.ticket, fake.tickets()]).toEqual([false, null, []]);
    expect(JSON.stringify(told)).not.toContain(secret);
  });

  test('whatever fails on the way, the ticket is closed in the end', async () => {
    const fake = await started(start({ secret }));
    const whole = await run(connection(fake.url));
    const writes = fake.calls().filter(({ method }) => method !== 'GET').length;
    expect(whole.ok).toBe(true);
    for (let at = 1; at < writes - 1; at += 1) {
      const other = await started(start({ secret }));
      let seen = 0;
      const told = await testConnection(
        {
          tools,
          inbox: memoryTable(),
          send: (request) => {
            if (request.method !== 'GET') seen += 1;
            if (request.method !== 'GET' && seen === at + 1)
              return Promise.resolve({ status: 403, headers: {}, body: '{}' });
            return send(request);
          },
          secrets: {
            auth: () => Promise.resolve(secret),
            inbound: () => Promise.resolve([]),
            outbound: () => Promise.resolve([key]),
          },
          clock: { now: () => Date.now(), elapsedMs: () => performance.now() },
          pause: () => Promise.resolve(),
          randomId: () => 'a1b2c3d4e5f6a1b2c3d4',
        },
        { connection: { ...plainConnection, ...connection(other.url) }, tenant, webhookUrl, waitSeconds: 0 },
      );
      expect([at, told.ok, told.ticket?.isClosed]).toEqual([at, false, true]);
    }
  });

  test('an answer that was lost after the ticket was made: it is found, and closed', async () => {
    const fake = await started(start({ secret }));
    fake.play({ kind: 'cutAfterWork', on: /^POST / });
    const told = await run(connection(fake.url));
    expect(outcome(told)).toMatchObject({ create: false, find: true, resolve: true });
    expect(told.ticket?.isClosed).toBe(true);
    expect(fake.tickets()).toHaveLength(1);
  });

  test('a tool that answers nothing is told as such', async () => {
    const fake = await started(start({ secret }));
    fake.play({ kind: 'status', status: 503, times: 50 });
    const told = await run(connection(fake.url));
    expect(stepOf(told, 'create')).toMatchObject({
      ok: false,
      code: 'ERR_UPSTREAM',
      cure: expect.stringContaining('is the tool up?') as string,
    });
  });
});

const { servicenow } = shapes;

describe('a ticket that cannot be closed', () => {
  test('is named, to be closed by hand', async () => {
    const fake = await started(servicenow.start({ secret }));
    const told = await testConnection(
      {
        tools,
        inbox: memoryTable(),
        send: (request) =>
          request.body?.includes('"state":"6"') === true
            ? Promise.resolve({ status: 400, headers: {}, body: '{}' })
            : send(request),
        secrets: {
          auth: () => Promise.resolve(secret),
          inbound: () => Promise.resolve([]),
          outbound: () => Promise.resolve([]),
        },
        clock: { now: () => Date.now(), elapsedMs: () => performance.now() },
        pause: () => Promise.resolve(),
        randomId: () => 'a1b2c3d4e5f6a1b2c3d4',
      },
      { connection: { ...plainConnection, ...servicenow.connection(fake.url) }, tenant, webhookUrl, waitSeconds: 0 },
    );
    const number = fake.tickets()[0]?.number ?? 'none';
    expect(told.ticket).toMatchObject({ number, isClosed: false });
    expect(stepOf(told, 'resolve')?.cure).toContain(`Close the ticket ${number} by hand`);
  });
});

describe('the mapping', () => {
  test('is that of the connection, so that what the tool wants in every ticket is tested with it', async () => {
    const fake = await started(servicenow.start({ secret }));
    const given = servicenow.connection(fake.url);
    const mapping = {
      ...given.mapping,
      title: '{{tenant.name}}: {{displayName}}',
      fields: { short_note: '{{attributes.customer}}' },
    };
    const told = await run({ ...given, mapping });
    expect([stepOf(told, 'create')?.ok, fake.tickets()]).toEqual([false, []]);
    const fine = await run({ ...given, mapping: { ...mapping, fields: { category: 'security' } } });
    expect(fine.ok).toBe(true);
    expect(fake.tickets().at(-1)?.title).toMatch(/^\[TEST\] xdr-relay: Contoso: /);
  });

  test('of a connection for all tenants is filled with a tenant that is none', async () => {
    const fake = await started(servicenow.start({ secret }));
    const told = await run({ ...servicenow.connection(fake.url), scope: '_all' }, { tenant: undefined });
    expect(told.ok).toBe(true);
    expect(fake.tickets()[0]?.title).toContain('xdr-relay connection test');
  });
});

describe('the secret', () => {
  test('that the vault does not have: nothing is tried with the tool', async () => {
    const fake = await started(servicenow.start({ secret }));
    const auth = () => Promise.reject(new AuthError('none kept', 'NotFound', { reason: 'credentialMissing' }));
    const told = await run(servicenow.connection(fake.url), { auth });
    expect([outcome(told), told.ok]).toEqual([{ secret: false, webhook: null }, false]);
    expect(fake.calls()).toEqual([]);
  });
});

describe('an address that is not public', () => {
  test('is told, and not spoken to', async () => {
    const fake = await started(servicenow.start({ secret }));
    const guarded = guardedSend({ allowPrivateTargets: false, log: { warn: () => undefined } });
    const told = await testConnection(
      {
        tools,
        inbox: memoryTable(),
        send: guarded,
        secrets: {
          auth: () => Promise.resolve(secret),
          inbound: () => Promise.resolve([]),
          outbound: () => Promise.resolve([]),
        },
        clock: { now: () => Date.now(), elapsedMs: () => performance.now() },
        pause: () => Promise.resolve(),
        randomId: () => 'a1b2c3d4e5f6a1b2c3d4',
      },
      { connection: { ...plainConnection, ...servicenow.connection(fake.url) }, tenant, webhookUrl, waitSeconds: 0 },
    );
    expect(stepOf(told, 'create')).toMatchObject({ ok: false, cure: expect.stringContaining('public') as string });
    expect(fake.calls()).toEqual([]);
  });
});

describe('a webhook', () => {
  test('is sent one signed event that makes no ticket', async () => {
    const fake = await started(startWebhookReceiver({ secret: key }));
    const told = await run({ tool: 'webhook', url: fake.url, mapping: {} });
    expect(outcome(told)).toEqual({ secret: true, send: true, webhook: null });
    expect(fake.events()).toMatchObject([{ type: 'xdr-relay.relay.health', source: '/relay', data: { test: true } }]);
  });

  test('that takes another key says so', async () => {
    const other = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    const fake = await started(startWebhookReceiver({ secret: other }));
    const told = await run({ tool: 'webhook', url: fake.url, mapping: {} });
    expect([outcome(told).send, told.ok]).toEqual([false, false]);
  });
});

describe('the webhook of the tool', () => {
  test('is seen where it came with a good signature since the test began', async () => {
    const fake = await started(servicenow.start({ secret }));
    const received = memoryTable();
    const hookId = 'f'.repeat(32);
    const entry = { scope: tenantId, connectionId: 'tickets', blob: 'b', isWeak: false, deliveryId: null };
    const before = { ...entry, receivedAt: '2026-01-01T00:00:00.000Z' };
    await inbox(received).add(hookId, ['old'], before);
    await inbox(received).add('e'.repeat(32), ['elsewhere'], { ...entry, receivedAt: '2099-01-01T00:00:00.000Z' });
    const change = { ...servicenow.connection(fake.url), hookId };
    const none = await run(change, { received, inboundKeys: [key] });
    expect([outcome(none).webhook, none.ok]).toEqual([null, true]);
    expect(stepOf(none, 'webhook')?.cure).toMatch(/401 .*inbound\.secret/);
    let pauses = 0;
    const onPause = async (): Promise<void> => {
      pauses += 1;
      if (pauses === 2) await inbox(received).add(hookId, ['new'], { ...entry, receivedAt: new Date().toISOString() });
    };
    const seen = await run(change, { received, inboundKeys: [key], onPause });
    expect([stepOf(seen, 'webhook')?.ok, pauses]).toEqual([true, 2]);
  });

  test.each<[string, Given, RegExp]>([
    ['no public address', { webhookUrl: null, inboundKeys: [key] }, /RELAY_PUBLIC_URL/],
    ['no secret', {}, /inbound\.secret/],
  ])('is not waited for with %s', async (_, given, words) => {
    const fake = await started(servicenow.start({ secret }));
    let pauses = 0;
    const told = await run(servicenow.connection(fake.url), {
      ...given,
      onPause: () => Promise.resolve((pauses += 1)),
    });
    expect([stepOf(told, 'webhook')?.ok, pauses]).toEqual([null, 0]);
    expect(stepOf(told, 'webhook')?.cure).toMatch(words);
  });
});
