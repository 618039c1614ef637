import '../../shared/http/quietTestMode';
import {
  sharedConnection,
  sharedConnections,
  tenantConnection,
  tenantConnectionRehearse,
  tenantConnections,
  tenantConnectionTest,
} from '../../../functions/api/connections';
import { AuthError, UpstreamError } from '../../../shared/errors';
import type { Audit } from '../../../shared/http/connections/connectionAudit';
import { connectionBody } from '../../../shared/http/connections/connectionRequest';
import { openApi } from '../../../shared/http/openApi';
import { putConnection } from '../../../shared/http/connections/putConnection';
import { removeConnectionsOf } from '../../../shared/http/connections/removeConnection';
import { allTenants } from '../../../shared/model/connection';
import { auditRows } from '../../../shared/store/audit';
import { secretName } from '../../../shared/ticketing/secretNames';
import { webhook } from '../../../shared/ticketing/webhook';
import type { HttpWorld, Reply } from '../../shared/http/httpWorld';
import { admin, startHttpWorld } from '../../shared/http/httpWorld';
import { givenTool } from '../../support/givenTool';

const tenantId = '11111111-1111-4111-8111-111111111111';
const group = '22222222-2222-4222-8222-222222222222';
const canary = 'canary-Zq7PnX42-never-shown-9K';
const key = (text: string): string => `whsec_${Buffer.from(text.padEnd(24, '.')).toString('base64')}`;
const keyCanary = key('canary-key');

let world: HttpWorld;
beforeAll(async () => {
  world = await startHttpWorld({ tools: { servicenow: givenTool(), webhook } });
  await world.putTenant({ tenantId, groups: [group], writeBack: true, attributes: { customer: 'C-1' } });
});
afterAll(() => world.stop());

const answers: string[] = [];
let made = 0;
const newId = (): string => `made-${(made += 1)}`;
const noted = async (reply: Promise<Reply>): Promise<Reply> => {
  const got = await reply;
  answers.push(got.text);
  return got;
};
const put = (connectionId: string, body: unknown): Promise<Reply> =>
  noted(world.ask(tenantConnection, 'PUT', { as: admin, params: { tenantId, connectionId }, body }));
const get = (connectionId: string): Promise<Reply> =>
  noted(world.ask(tenantConnection, 'GET', { as: admin, params: { tenantId, connectionId } }));
const remove = (connectionId: string): Promise<Reply> =>
  noted(world.ask(tenantConnection, 'DELETE', { as: admin, params: { tenantId, connectionId } }));
const faultsOf = ({ json }: Reply): Record<string, string> =>
  Object.fromEntries(json.errors.map(({ field, message }) => [field, message]));

const snow = {
  tool: 'servicenow',
  url: 'https://dev1.service-now.example',
  auth: { kind: 'basic', user: 'relay', secret: canary, expires: 'never' },
};
const hook = { tool: 'webhook', url: 'https://soar.example/in', outbound: { secret: keyCanary } };

describe('a connection that is put', () => {
  test('takes the defaults of the contract, and says what is missing', async () => {
    const id = newId();
    const reply = await put(id, snow);
    expect(reply.status).toBe(201);
    expect(reply.json).toEqual({
      tenantId,
      connectionId: id,
      tool: 'servicenow',
      enabled: true,
      audience: 'customer',
      since: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      backlog: 'none',
      url: snow.url,
      auth: { kind: 'basic', user: 'relay', expires: 'never' },
      inbound: {
        ...{ scheme: 'standard', closes: { upTo: 'low', else: 'propose' }, reopens: true, comments: 'public' },
        expires: null,
      },
      outbound: {
        ...{ events: ['created', 'updated', 'resolved', 'reopened', 'merged'], comments: 'own', as: 'internal' },
        expires: null,
      },
      filters: {},
      mapping: {},
      ownership: { status: 'latest', classification: 'latest', determination: 'latest', assignedTo: 'defender' },
      contract: { send: [] },
      storm: null,
      settleSeconds: 0,
      excludeTenants: [],
      createdAt: new Date(world.services.clock.now()).toISOString(),
      disabledBecause: null,
      secrets: { auth: expect.any(String) as string, inbound: null, outbound: null },
      webhookUrl: expect.stringMatching(/^https:\/\/relay\.example\/api\/webhooks\/[0-9a-f]{32}$/) as string,
      delivery: {
        ...{ state: 'up', failures: 0, since: null, lastSuccess: null, lastError: null, pausedUntil: null },
        ...{ pending: 0, dead: 0, counted: true },
      },
      warnings: [expect.stringContaining('inbound.secret')],
    });
    expect(await get(id)).toMatchObject({ status: 200, json: reply.json });
  });

  test('is replaced as a whole, but keeps its secrets, its webhook address and when it was made', async () => {
    const id = newId();
    const first = await put(id, { ...snow, inbound: { secret: keyCanary }, filters: { severity: ['high'] } });
    const again = await put(id, { ...snow, auth: { kind: 'basic', user: 'relay' }, settleSeconds: 60 });
    expect(again.status).toBe(200);
    expect(again.json).toEqual({ ...first.json, filters: {}, settleSeconds: 60 });
    expect(world.vault.secrets.get(secretName({ scope: tenantId, connectionId: id }, 'inbound'))).toBe(keyCanary);
  });

  test('goes in again as it was shown', async () => {
    const id = newId();
    const full = {
      ...{ ...snow, enabled: false, audience: 'operator', backlog: 'open', settleSeconds: 30 },
      since: '2026-01-01T00:00:00Z',
      inbound: { scheme: 'standard', closes: { upTo: 'high', else: 'ignore' }, reopens: false, comments: 'all' },
      outbound: { events: ['created', 'resolved'], comments: 'all', as: 'public' },
      filters: { severity: ['high', 'unknown'], status: ['active'], source: ['x'], tags: ['y'], group: [group] },
      mapping: {
        title: '{{ displayName }} at {{tenant.name}}',
        description: 'Alerts:\n{{alerts}}',
        fields: { company: '{{attributes.customer}}', u_ref: '{{incident.alerts.title}}' },
        severity: { high: '1' },
        assignees: { 'ada@example.com': '6816f79cc0a8016401c5a33be04be441' },
        resolutions: { 'False positive': { classification: 'falsePositive', determination: 'notMalicious' } },
        closeCodes: { truePositive: 'Solved', default: 'Closed' },
        settings: { table: 'sn_si_incident' },
      },
      ownership: { status: 'defender', assignedTo: 'ticket' },
      contract: { send: ['displayName', 'severity', 'alerts.title'] },
      storm: { count: 10, minutes: 5 },
    };
    const first = await put(id, full);
    expect(first.status).toBe(201);
    const names = Object.keys(full);
    const shown = Object.fromEntries(Object.entries(first.json).filter(([name]) => names.includes(name)));
    expect((await put(id, shown)).json).toEqual(first.json);
  });

  test('is announced to delivery, unless it is switched off', async () => {
    const sent: object[] = [];
    const services = {
      ...world.services,
      storage: {
        ...world.services.storage,
        deliverQueue: { send: (message: object) => Promise.resolve(void sent.push(message)) },
      },
    };
    const place = { scope: tenantId, connectionId: newId(), tenant: undefined };
    const audit: Audit = (_, __, work) => work();
    await putConnection(services, place, connectionBody.parse(snow), audit);
    await putConnection(services, place, connectionBody.parse({ ...snow, enabled: false }), audit);
    // Once more when the runs under way have ended, which knew nothing of it.
    const announce = { scope: tenantId, connectionId: place.connectionId };
    expect(sent).toEqual([{ announce }, { announce }]);
  });

  test.each(['Ab', 'a_b', '-a', 'a'.repeat(41), 'a!state', '..'])('has no such id as %s', async (id) => {
    expect((await put(id, snow)).status).toBe(404);
  });

  test('of a tenant that is not registered is not found', async () => {
    const params = { tenantId: '99999999-9999-4999-8999-999999999999', connectionId: 'x' };
    expect((await world.ask(tenantConnection, 'PUT', { as: admin, params, body: snow })).status).toBe(404);
  });

  test('makes room for a hundred in a tenant, and says so', async () => {
    const many = '33333333-3333-4333-8333-333333333333';
    await world.putTenant({ tenantId: many });
    const first = await world.services.connections.get(tenantId, 'made-1');
    if (first === undefined) throw new Error('made-1 is not there');
    for (let at = 0; at < 100; at += 1)
      await world.services.connections.put({ ...first, scope: many, connectionId: `c-${at}`, hookId: `${at}` });
    const ask = (connectionId: string) =>
      world.ask(tenantConnection, 'PUT', { as: admin, params: { tenantId: many, connectionId }, body: snow });
    expect(await ask('one-more')).toMatchObject({
      status: 400,
      json: { detail: expect.stringContaining('100') as string },
    });
    expect((await ask('c-7')).status).toBe(200);
    const page = await world.ask(tenantConnections, 'GET', {
      as: admin,
      params: { tenantId: many },
      query: { limit: '60' },
    });
    const rest = await world.ask(tenantConnections, 'GET', {
      as: admin,
      params: { tenantId: many },
      query: { limit: '60', continue: page.json.continue ?? '' },
    });
    expect([page.json.items.length, rest.json.items.length, rest.json.continue]).toEqual([60, 40, null]);
    expect(new Set([...page.json.items, ...rest.json.items].map((item) => item.connectionId)).size).toBe(100);
  });
});

describe('a body that does not fit is refused, naming the field and what to do:', () => {
  test.each<[string, object, string, RegExp]>([
    ['no tool', { tool: undefined }, 'tool', /./],
    ['a tool that is not built in', { tool: 'jira' }, 'tool', /servicenow, webhook/],
    ['an unknown field', { colour: 'red' }, 'colour', /not known/],
    ['an unknown field deep inside', { mapping: { titel: 'x' } }, 'mapping.titel', /not known/],
    ['plain http', { url: 'http://dev1.service-now.example' }, 'url', /https/],
    ['an address inside', { url: 'https://10.0.0.7' }, 'url', /host/],
    ['a user in the address', { url: 'https://a:b@dev1.service-now.example' }, 'url', /auth/],
    ['no auth', { auth: undefined }, 'auth', /basic or oauth/],
    ['a kind of auth the tool does not take', { auth: { kind: 'bearer', secret: canary } }, 'auth.kind', /basic/],
    ['no user', { auth: { kind: 'oauth', secret: canary } }, 'auth.user', /client id/],
    ['no secret, where none is kept', { auth: { kind: 'basic', user: 'a' } }, 'auth.secret', /needed/],
    ['a line end in a secret', { auth: { kind: 'basic', user: 'a', secret: `${canary}\n` } }, 'auth.secret', /control/],
    ['a scheme of another tool', { inbound: { scheme: 'github' } }, 'inbound.scheme', /standard, header/],
    ['a key that is none', { inbound: { secret: canary } }, 'inbound.secret', /whsec_/],
    ['a short key', { inbound: { secret: 'whsec_c2hvcnQ=' } }, 'inbound.secret', /24/],
    ['a short shared secret', { inbound: { scheme: 'header', secret: 'short' } }, 'inbound.secret', /24 char/],
    [
      'the secret that Zendesk publishes',
      { inbound: { scheme: 'header', secret: 'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==' } },
      'inbound.secret',
      /Zendesk/,
    ],
    ['a key to sign what is not signed', { outbound: { secret: keyCanary } }, 'outbound.secret', /not used/],
    [
      'a weak sender that may close',
      { inbound: { scheme: 'header', closes: { upTo: 'low' } } },
      'inbound.closes.upTo',
      /must be none/,
    ],
    [
      'a weak sender that may re-open',
      { inbound: { scheme: 'header', reopens: true } },
      'inbound.reopens',
      /must be false/,
    ],
    ['a severity nobody knows', { filters: { severity: ['critical'] } }, 'filters.severity.0', /high/],
    ['a group that is no id', { filters: { group: ['soc'] } }, 'filters.group.0', /./],
    ['an unknown placeholder', { mapping: { title: '{{titel}}' } }, 'mapping.title', /\{\{titel\}\}/],
    [
      'an unknown placeholder in a field of the tool',
      { mapping: { fields: { company: 'x {{tenant.secret}}' } } },
      'mapping.fields.company',
      /\{\{tenant.secret\}\}/,
    ],
    ['half a placeholder', { mapping: { description: 'a {{title' } }, 'mapping.description', /other half/],
    [
      'a verdict Defender does not know',
      { mapping: { resolutions: { Done: { classification: 'truePositive', determination: 'notMalicious' } } } },
      'mapping.resolutions.Done.determination',
      /goes with truePositive/,
    ],
    ['a setting of another tool', { mapping: { settings: { project: 'X' } } }, 'mapping.settings.project', /not known/],
    [
      'a setting that is none of the choices',
      { mapping: { settings: { table: 'sys_user' } } },
      'mapping.settings.table',
      /./,
    ],
    [
      'an address inside among the settings',
      { mapping: { settings: { tokenUrl: 'https://169.254.169.254/token' } } },
      'mapping.settings.tokenUrl',
      /host/,
    ],
    ['a path that is none', { contract: { send: ['alerts[0]'] } }, 'contract.send.0', /dots/],
    ['no side to own a field', { ownership: { status: 'nobody' } }, 'ownership.status', /./],
    ['a field that does not cross', { ownership: { title: 'ticket' } }, 'ownership.title', /./],
    ['a storm of nothing', { storm: { count: 0, minutes: 5 } }, 'storm.count', /./],
    ['excluded tenants', { excludeTenants: [tenantId] }, 'excludeTenants', /all tenants/],
    [
      'too much altogether',
      {
        filters: {
          tags: Array.from({ length: 100 }, (_, at) => `${at}`.padEnd(200, 'x')),
          source: Array.from({ length: 100 }, (_, at) => `${at}`.padEnd(200, 'y')),
        },
      },
      'filters',
      /larger/,
    ],
  ])('%s', async (_, change, field, message) => {
    const id = newId();
    const reply = await put(id, { ...snow, ...change });
    expect([reply.status, faultsOf(reply)]).toEqual([400, { [field]: expect.stringMatching(message) as string }]);
    expect((await get(id)).status).toBe(404);
    expect(world.vault.secrets.has(secretName({ scope: tenantId, connectionId: id }, 'auth'))).toBe(false);
  });

  test('all faults at once', async () => {
    const reply = await put(newId(), { tool: 'servicenow', url: 'nowhere', inbound: { scheme: 'jira' } });
    expect(Object.keys(faultsOf(reply)).sort()).toEqual(['auth', 'inbound.scheme', 'url']);
  });
});

describe('a weak sender', () => {
  test('may only propose, unless told otherwise', async () => {
    const reply = await put(newId(), { ...snow, inbound: { scheme: 'header', secret: canary } });
    expect(reply.json).toMatchObject({
      inbound: { scheme: 'header', closes: { upTo: 'none', else: 'propose' }, reopens: false },
      warnings: [expect.stringContaining('never act')],
    });
  });
});

describe('secrets', () => {
  const nameOf = (connectionId: string, kind: 'auth' | 'inbound' | 'outbound'): string =>
    secretName({ scope: tenantId, connectionId }, kind);

  test.each([
    ['another address', { url: 'https://elsewhere.example' }],
    ['another user', { auth: { kind: 'basic', user: 'other' } }],
    ['another kind', { auth: { kind: 'oauth', user: 'relay' } }],
    ['another address among the settings', { mapping: { settings: { tokenUrl: 'https://elsewhere.example/t' } } }],
  ])('are not sent to %s: they have to be sent again', async (_, change) => {
    const id = newId();
    await put(id, snow);
    const reply = await put(id, { ...snow, auth: { kind: 'basic', user: 'relay' }, ...change });
    expect([reply.status, Object.keys(faultsOf(reply))]).toEqual([400, ['auth.secret']]);
    expect((await get(id)).json.url).toBe(snow.url);
  });

  test('stay while only the path changes', async () => {
    const id = newId();
    await put(id, snow);
    const moved = { ...snow, url: `${snow.url}/v2`, auth: { kind: 'basic', user: 'relay' } };
    expect((await put(id, moved)).status).toBe(200);
  });

  test('of another scheme are deleted, and nothing is accepted until one is put', async () => {
    const id = newId();
    await put(id, { ...snow, inbound: { secret: keyCanary } });
    const reply = await put(id, { ...snow, inbound: { scheme: 'header' } });
    expect(reply.json).toMatchObject({ secrets: { inbound: null } });
    expect(world.vault.secrets.has(nameOf(id, 'inbound'))).toBe(false);
  });

  test('of a webhook: the key is needed, and stays when the webhook moves', async () => {
    const id = newId();
    expect(faultsOf(await put(id, { ...hook, outbound: {} }))).toEqual({
      'outbound.secret': expect.any(String) as string,
    });
    await put(id, hook);
    expect((await put(id, { ...hook, url: 'https://new.example/in', outbound: {} })).status).toBe(200);
    const rotated = key('the second');
    expect((await put(id, { ...hook, outbound: { secret: rotated } })).status).toBe(200);
    const stored = await world.services.connections.get(tenantId, id);
    if (stored === undefined) throw new Error('not there');
    expect(await world.services.connectionSecrets.outbound(stored)).toEqual([rotated, keyCanary]);
  });

  test('that the vault does not take leave the connection as it was', async () => {
    const id = newId();
    world.vault.failWith(new UpstreamError('the vault is away'));
    expect((await put(id, snow)).status).toBe(503);
    world.vault.failWith(new AuthError('denied', 'Key Vault 403', { reason: 'vaultDenied' }));
    expect((await put(id, snow)).json.code).toBe('ERR_AUTH');
    expect((await get(id)).status).toBe(404);
  });

  test('are in no answer, no row and no line of the log', async () => {
    expect(answers.length).toBeGreaterThan(60);
    const { tenants, incidents, index, runs, connections, inbox } = world.services.storage;
    const rows: unknown[] = [];
    for (const table of [tenants, incidents, index, runs, connections, inbox])
      for await (const page of table.pages({})) rows.push(page);
    const everything = JSON.stringify([answers, world.logged, rows]);
    for (const secret of [canary, keyCanary, keyCanary.slice('whsec_'.length)])
      expect(everything).not.toContain(secret);
    expect(everything).not.toMatch(/"secret"/);
  });

  test('are marked in the description of the API as only written', () => {
    const text = JSON.stringify(openApi([tenantConnection]));
    expect(text.match(/"secret":\{[^{}]*"writeOnly":true/g)).toHaveLength(3);
  });
});

describe('the end of a secret', () => {
  const account = { kind: 'basic', user: 'relay' };
  const endsOf = ({ json }: Reply) =>
    ['auth', 'inbound', 'outbound'].map((kind) => (json[kind] as { expires: string | null }).expires);
  const shown = async (connectionId: string) => endsOf(await get(connectionId));

  test('is shown as it was told, stays with its secret, and goes with it', async () => {
    const id = newId();
    const inbound = { secret: keyCanary, expires: '2027-05-31T22:00:00+02:00' };
    const first = await put(id, { ...snow, auth: { ...snow.auth, expires: '2027-05-31' }, inbound });
    expect([first.status, endsOf(first)]).toEqual([
      201,
      ['2027-05-31T00:00:00.000Z', '2027-05-31T20:00:00.000Z', null],
    ]);
    expect(await shown(id)).toEqual(endsOf(first));
    await put(id, { ...snow, auth: account });
    expect(await shown(id)).toEqual(endsOf(first));
    await put(id, { ...snow, auth: { ...account, expires: 'never' } });
    expect(await shown(id)).toEqual(['never', '2027-05-31T20:00:00.000Z', null]);
    await put(id, { ...snow, auth: { ...account, secret: canary } });
    expect(await shown(id)).toEqual([null, '2027-05-31T20:00:00.000Z', null]);
    const weak = await put(id, { ...snow, auth: account, inbound: { scheme: 'header' } });
    expect(endsOf(weak)).toEqual([null, null, null]);
    expect(weak.json.warnings).toContainEqual(expect.stringContaining('auth.expires'));
  });

  test.each([
    ['no day', { auth: { ...snow.auth, expires: 'someday' } }, 'auth.expires', /2027-05-31, or never/],
    ['a day that is none', { inbound: { secret: keyCanary, expires: '2027-02-30' } }, 'inbound.expires', /or never/],
    ['told of a secret that is not there', { inbound: { expires: '2027-02-01' } }, 'inbound.expires', /none is kept/],
    ['told of what nothing signs', { outbound: { expires: 'never' } }, 'outbound.expires', /none is kept/],
  ])('that is %s is refused', async (_, change, field, message) => {
    const reply = await put(newId(), { ...snow, ...change });
    expect([reply.status, faultsOf(reply)]).toEqual([400, { [field]: expect.stringMatching(message) as string }]);
  });

  test('is in the audit, from what to what', async () => {
    const id = newId();
    await put(id, snow);
    await put(id, { ...snow, auth: { ...account, expires: '2027-05-31' } });
    const where = [{ column: 'targetId', op: 'eq' as const, value: id }];
    const changes: unknown[] = [];
    for await (const page of world.services.storage.incidents.pages({ partition: tenantId, ...auditRows, where }))
      changes.push(...page.map(({ row }) => JSON.parse(String(row.change)) as object));
    expect(changes).toContainEqual({ 'auth.expires': { from: 'never', to: '2027-05-31T00:00:00.000Z' } });
  });
});

describe('warnings', () => {
  test('name what the data contract keeps back, what the tenant lacks and what no incident passes', async () => {
    const other = '44444444-4444-4444-8444-444444444444';
    const reply = await put(newId(), {
      ...snow,
      inbound: { secret: keyCanary },
      filters: { group: [other] },
      mapping: {
        title: '{{displayName}} {{severity}} {{attributes.site}}',
        description: '{{alerts}} {{incident.summary}}',
      },
      contract: { send: ['displayName', 'alerts.title'] },
    });
    expect(reply.json.warnings).toEqual([
      expect.stringContaining('filters.group'),
      expect.stringContaining('mapping.title shows nothing of severity'),
      expect.stringContaining('attributes.site'),
      expect.stringContaining('mapping.description shows nothing of summary'),
    ]);
  });

  test('say that writing back is off, that the public address is missing and that it was switched off', async () => {
    const quiet = '55555555-5555-4555-8555-555555555555';
    await world.putTenant({ tenantId: quiet, contract: { never: ['alerts'] } });
    world.configure({ publicUrl: undefined });
    const params = { tenantId: quiet, connectionId: 'x' };
    const body = { ...snow, inbound: { secret: keyCanary }, mapping: { description: '{{entities}}' } };
    const reply = await world.ask(tenantConnection, 'PUT', { as: admin, params, body });
    world.configure({ publicUrl: 'https://relay.example' });
    expect(reply.json).toMatchObject({
      webhookUrl: null,
      warnings: [
        expect.stringContaining('RELAY_PUBLIC_URL'),
        expect.stringContaining('writeBack'),
        expect.stringContaining('shows nothing of alerts'),
      ],
    });
    const stored = await world.services.connections.get(quiet, 'x');
    if (stored === undefined) throw new Error('not there');
    await world.services.connections.disable(stored, 'It answered 410.');
    const after = await world.ask(tenantConnection, 'GET', { as: admin, params });
    expect(after.json).toMatchObject({ enabled: false, disabledBecause: 'It answered 410.' });
    expect(after.json.warnings).toContainEqual(expect.stringContaining('It answered 410.'));
    const mended = await world.ask(tenantConnection, 'PUT', { as: admin, params, body });
    expect(mended.json).toMatchObject({ enabled: true, disabledBecause: null });
  });
});

describe('one for all tenants', () => {
  test('has routes and a list of its own, and may leave tenants out', async () => {
    const params = { connectionId: 'soar' };
    const reply = await noted(
      world.ask(sharedConnection, 'PUT', {
        as: admin,
        params,
        body: { ...hook, excludeTenants: [tenantId, tenantId] },
      }),
    );
    expect(reply).toMatchObject({ status: 201, json: { tenantId: null, excludeTenants: [tenantId] } });
    expect((await world.services.connections.get(allTenants, 'soar'))?.scope).toBe(allTenants);
    const list = await world.ask(sharedConnections, 'GET', { as: admin });
    expect(list.json.items.map((item) => item.connectionId)).toEqual(['soar']);
    expect((await get('soar')).status).toBe(404);
    expect(await noted(world.ask(sharedConnection, 'DELETE', { as: admin, params }))).toMatchObject({
      status: 200,
      json: { tenantId: null, connectionId: 'soar' },
    });
  });
});

describe('a rehearsal', () => {
  const range = { from: '2026-11-01T00:00:00Z', to: '2026-11-19T00:00:00Z' };
  const ask = (connectionId: string, body: unknown = range, of = tenantId): Promise<Reply> =>
    world.ask(tenantConnectionRehearse, 'POST', { as: admin, params: { tenantId: of, connectionId }, body });

  test('shows the tickets that would have been made, and writes nothing', async () => {
    const id = newId();
    await put(id, { ...snow, filters: { severity: ['high'] }, mapping: { title: 'For {{tenant.name}}' } });
    for (const [incident, severity] of [
      ['1', 'high'],
      ['2', 'low'],
    ] as const)
      await world.store({ tenantId, id: incident, updated: '2026-11-10T08:00:00Z', severity });
    const reply = await ask(id);
    expect(reply).toMatchObject({
      status: 200,
      json: {
        tenantId,
        connectionId: id,
        looked: 2,
        made: 1,
        leftOut: [{ count: 1, incidentIds: ['2'] }],
        items: [{ incidentId: '1', ticket: { key: `${tenantId}:1`, title: 'For Name of 1111' } }],
      },
    });
  });

  test('of one for all tenants goes by all. and its id, unless the tenant is left out', async () => {
    const place = (connectionId: string, excludeTenants: string[]) =>
      world.ask(sharedConnection, 'PUT', { as: admin, params: { connectionId }, body: { ...hook, excludeTenants } });
    await place('everywhere', []);
    await place('elsewhere', [tenantId]);
    expect(await ask('all.everywhere')).toMatchObject({ status: 200, json: { made: 2 } });
    expect((await ask('all.elsewhere')).status).toBe(404);
    expect((await ask('everywhere')).status).toBe(404);
  });

  test('of a sealed tenant is not for an administrator, who may configure it but not read it', async () => {
    const sealed = '66666666-6666-4666-8666-666666666666';
    await world.putTenant({ tenantId: sealed, sealed: true, groups: [group] });
    const params = { tenantId: sealed, connectionId: 'x' };
    expect((await world.ask(tenantConnection, 'PUT', { as: admin, params, body: snow })).status).toBe(201);
    expect((await ask('x', range, sealed)).status).toBe(404);
  });

  test.each([
    [{}, ['from', 'to']],
    [{ from: range.to, to: range.from }, ['from']],
    [{ ...range, to: '2099-01-01T00:00:00Z' }, ['to']],
    [{ ...range, limit: 5 }, ['limit']],
  ])('of %j is refused', async (body, fields) => {
    const reply = await ask('made-1', body);
    expect([reply.status, Object.keys(faultsOf(reply)).sort()]).toEqual([400, fields]);
  });
});

describe('the test button', () => {
  test('tells each step, and is bounded in its wait', async () => {
    const id = newId();
    await put(id, snow);
    const ask = (body: object) =>
      noted(world.ask(tenantConnectionTest, 'POST', { as: admin, params: { tenantId, connectionId: id }, body }));
    const reply = await ask({ waitSeconds: 0 });
    expect(reply).toMatchObject({ status: 200, json: { ok: false, ticket: null } });
    expect((reply.json.steps as { step: string; ok: boolean }[]).map(({ step, ok }) => [step, ok])).toEqual([
      ['secret', true],
      ['account', false],
      ['create', false],
      ...['find', 'comment', 'update', 'resolve', 'webhook'].map((step) => [step, null]),
    ]);
    expect(faultsOf(await ask({ waitSeconds: 31 }))).toEqual({ waitSeconds: expect.any(String) as string });
  });
});

describe('the audit', () => {
  test('says who changed what, before and after, and never a secret', async () => {
    const id = newId();
    await put(id, { ...snow, filters: { severity: ['high'] } });
    world.vault.failWith(new UpstreamError('the vault is away'));
    await put(id, { ...snow, url: 'https://dev2.service-now.example', inbound: { closes: { upTo: 'high' } } });
    await remove(id);
    const rows: Record<string, unknown>[] = [];
    const query = { partition: tenantId, ...auditRows, where: [{ column: 'targetId', op: 'eq' as const, value: id }] };
    for await (const page of world.services.storage.incidents.pages(query)) rows.push(...page.map(({ row }) => row));
    const by = (action: string) =>
      rows
        .filter((row) => row.action === action)
        .map((row) => [row.state, row.code, row.actorKind, JSON.parse(String(row.change)) as object]);
    expect(by('connection.put')).toEqual(
      expect.arrayContaining([
        [
          'done',
          undefined,
          'person',
          expect.objectContaining({
            url: { from: null, to: snow.url },
            filters: { from: null, to: null },
            'auth.secret': { from: null, to: null },
          }),
        ],
        [
          'failed',
          'ERR_UPSTREAM',
          'person',
          {
            url: { from: snow.url, to: 'https://dev2.service-now.example' },
            filters: { from: null, to: null },
            'inbound.closes.upTo': { from: 'low', to: 'high' },
            'auth.secret': { from: null, to: null },
          },
        ],
      ]),
    );
    expect(by('connection.remove')).toEqual([['done', undefined, 'person', {}]]);
  });
});

describe('a connection that is removed', () => {
  test('takes its secrets and its webhook address with it, and the receipt says so', async () => {
    const id = newId();
    const { json } = await put(id, { ...snow, inbound: { secret: keyCanary } });
    const hookId = String(json.webhookUrl).split('/').at(-1) ?? '';
    expect((await world.services.connections.byHook(hookId))?.connectionId).toBe(id);
    const receipt = await remove(id);
    expect(receipt).toMatchObject({ status: 200, json: { connectionId: id, tenantId } });
    expect((receipt.json.secrets as { state: string }[]).map(({ state }) => state)).toEqual([
      ...['deleted', 'deleted', 'absent', 'absent', 'absent'],
    ]);
    expect([(await get(id)).status, (await remove(id)).status]).toEqual([404, 404]);
    expect(await world.services.connections.byHook(hookId)).toBeUndefined();
    expect(
      [...world.vault.secrets.keys()].some((name) =>
        name.includes(secretName({ scope: tenantId, connectionId: id }, 'auth')),
      ),
    ).toBe(false);
    const again = await put(id, { ...snow, auth: { kind: 'basic', user: 'relay' } });
    expect(Object.keys(faultsOf(again))).toEqual(['auth.secret']);
  });

  test('goes with its tenant, like all of it', async () => {
    const leaving = '77777777-7777-4777-8777-777777777777';
    await world.putTenant({ tenantId: leaving });
    for (const connectionId of ['a', 'b'])
      await world.ask(tenantConnection, 'PUT', { as: admin, params: { tenantId: leaving, connectionId }, body: snow });
    const receipts = await removeConnectionsOf(world.services, leaving);
    expect(receipts.map(({ connectionId, secrets }) => [connectionId, secrets[0]?.state])).toEqual([
      ['a', 'deleted'],
      ['b', 'deleted'],
    ]);
    expect(await world.services.connections.ofScope(leaving)).toEqual([]);
  });

  test('while the vault is away stays, switched off, until it is removed again', async () => {
    const id = newId();
    await put(id, snow);
    world.vault.failWith(new UpstreamError('the vault is away'));
    expect((await remove(id)).status).toBe(503);
    expect((await get(id)).json.enabled).toBe(false);
    expect((await remove(id)).status).toBe(200);
  });
});
