import '../../shared/http/quietTestMode';
import { sharedConnection, tenantConnection } from '../../../functions/api/connections';
import { healthReady } from '../../../functions/api/health';
import { tenant, tenants } from '../../../functions/api/tenants';
import { createCredentialEnds } from '../../../shared/health/credentialEnds';
import { readTenants } from '../../../shared/http/tenants/readTenants';
import { pendingAccess } from '../../../shared/model/access';
import type { Access } from '../../../shared/model/access';
import type { Tenant } from '../../../shared/model/tenant';
import type { RowQuery } from '../../../shared/ports';
import { writeAccess } from '../../../shared/store/access';
import type { HttpWorld, Reply } from '../../shared/http/httpWorld';
import { admin, startHttpWorld } from '../../shared/http/httpWorld';

interface Ready {
  readonly status: string;
  readonly warnings: readonly { readonly name: string; readonly detail: string; readonly cure: string }[];
  readonly tenants: Readonly<Record<string, unknown>>;
}

const clientId = '0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d';
const idOf = (at: number): string => `99999999-7777-4777-8777-${at.toString(16).padStart(12, '0')}`;
const granted: Access = { ...pendingAccess, state: 'granted', since: '2026-11-20T07:00:00.000Z' };
const blocked: Access = { ...granted, state: 'blocked', reason: 'consentMissing', cure: 'Open the link.' };

let world: HttpWorld;
/** What the app's own vault tells of each name. */
const appEnds = new Map<string, string | null>();
beforeAll(async () => {
  world = await startHttpWorld();
  const { config } = world.services;
  const vault = { endOf: (_: string, name: string) => Promise.resolve(appEnds.get(name)) };
  Object.assign(world.services, { credentialEnds: createCredentialEnds({ config, app: vault, tenants: vault }) });
});
afterAll(() => world.stop());

const put = (tenantId: string, body: object): Promise<Reply> =>
  world.ask(tenant, 'PUT', { as: admin, params: { tenantId }, body: { name: `Name ${tenantId.slice(-2)}`, ...body } });
const get = async (tenantId: string): Promise<{ health: { state: string; reasons: string[] } }> =>
  (await world.ask(tenant, 'GET', { as: admin, params: { tenantId } })).json as never;
const ready = async (as: Record<string, unknown> = admin): Promise<Ready> =>
  (await world.ask(healthReady, 'GET', { as })).json as never;
const daysOn = (days: number): string =>
  new Date(world.services.clock.now() + days * 86_400_000 + 3_600_000).toISOString();
const secretEnding = (expires: string | undefined) => ({
  credential: { kind: 'secret', clientId, secret: 'value', ...(expires === undefined ? {} : { expires }) },
});

test('blocked tenants are counted, and named to those who may see them', async () => {
  const { incidents } = world.services.storage;
  for (const at of [1, 2, 3]) await put(idOf(at), {});
  await put(idOf(4), { groups: ['77777777-0000-4000-8000-000000000007'] });
  await writeAccess(idOf(1), incidents, granted);
  await writeAccess(idOf(2), incidents, blocked);
  await writeAccess(idOf(3), incidents, granted);
  await writeAccess(idOf(3), incidents, blocked, 'writer');
  await writeAccess(idOf(4), incidents, { ...blocked, reason: 'licenceMissing' });
  const found = await ready();
  expect(found.tenants).toMatchObject({ counted: 4, blocked: 2, partial: 1 });
  const [warning] = found.warnings.filter(({ name }) => name === 'blockedTenants');
  expect(warning?.detail).toContain('2 of 4 tenants are blocked');
  expect(warning?.detail).toContain(`${idOf(2)}: consentMissing`);
  expect(warning?.detail).toContain(`${idOf(4)}: licenceMissing`);
  const seen = await ready({ roles: ['Relay.Reader'] });
  expect(seen.tenants).toMatchObject({ counted: 3, blocked: 1, partial: 1 });
  expect(JSON.stringify(seen)).not.toContain(idOf(4));
  const listed = (await world.ask(tenants, 'GET', { as: admin })).json.items;
  expect(listed.map(({ access }) => (access as Access).state).toSorted()).toEqual([
    ...['blocked', 'blocked', 'granted', 'partial'],
  ]);
});

test('the app’s own secret is told of 60 days ahead, and one without an end at once', async () => {
  const told = async (): Promise<readonly string[]> =>
    (await ready()).warnings.filter(({ name }) => name === 'expiry').map(({ detail }) => detail);
  appEnds.set('relay-app-secret', daysOn(61));
  expect(await told()).toEqual([]);
  appEnds.set('relay-app-secret', daysOn(59));
  expect(await told()).toEqual([expect.stringContaining('ends in 59 days')]);
  appEnds.set('relay-app-secret', null);
  expect(await told()).toEqual([expect.stringContaining('nobody told')]);
  appEnds.delete('relay-app-secret');
  expect(await told()).toEqual([]);
});

test.each([
  [61, 'ok', 0],
  [59, 'ok', 1],
  [29, 'ok', 1],
  [6, 'degraded', 1],
  [-1, 'degraded', 1],
] as const)('a tenant whose own secret ends in %i days is %s, with %i reason(s) more', async (days, state, reasons) => {
  const tenantId = idOf(100 + days);
  const expires = daysOn(days);
  const reply = await put(tenantId, secretEnding(expires));
  expect([reply.status, reply.json.credential]).toEqual([201, { kind: 'secret', clientId, expires }]);
  const { health } = await get(tenantId);
  expect(health.state).toBe(state);
  expect(health.reasons.filter((reason) => reason.includes('The client secret'))).toHaveLength(reasons);
  const named = (await ready()).warnings.filter(
    ({ name, detail }) => name === 'tenantExpiry' && detail.includes(tenantId),
  );
  expect(named).toHaveLength(reasons);
});

test('a tenant whose own secret has no known end says so, and how to tell it', async () => {
  const tenantId = idOf(200);
  await put(tenantId, secretEnding(undefined));
  const { health } = await get(tenantId);
  expect(health.reasons.join(' ')).toContain('credential.expires');
  await put(tenantId, { credential: { kind: 'secret', clientId, expires: '2027-06-30' } });
  expect((await get(tenantId)).health.reasons.join(' ')).not.toContain('client secret');
});

test.each([
  ['no day', 'someday'],
  ['a time without a zone', '2027-06-30T10:00:00'],
  ['a day that is none', '2027-02-30'],
])('an end that is %s is refused', async (_, expires) => {
  const reply = await put(idOf(300), secretEnding(expires));
  expect(reply.status).toBe(400);
  expect(reply.json.errors.map(({ field }) => field)).toEqual(['credential.expires']);
});

test('the end of a certificate is the vault’s to tell: a body that tells it is refused', async () => {
  const reply = await put(idOf(301), { credential: { kind: 'certificate', clientId, expires: '2027-06-30' } });
  expect(reply.json.errors.map(({ field }) => field)).toEqual(['credential.expires']);
});

describe('the secrets of connections', () => {
  const tool = { tool: 'servicenow', url: 'https://dev1.service-now.example' };
  const bodyOf = (expires: string | undefined) => ({
    ...tool,
    auth: { kind: 'basic', user: 'relay', secret: 'value', ...(expires === undefined ? {} : { expires }) },
  });
  const connect = (tenantId: string, connectionId: string, expires: string | undefined): Promise<Reply> =>
    world.ask(tenantConnection, 'PUT', { as: admin, params: { tenantId, connectionId }, body: bodyOf(expires) });
  const share = (connectionId: string, expires: string | undefined): Promise<Reply> =>
    world.ask(sharedConnection, 'PUT', { as: admin, params: { connectionId }, body: bodyOf(expires) });
  const told = async (name: string, part: string, as?: Record<string, unknown>): Promise<readonly string[]> =>
    (await ready(as)).warnings
      .filter((warning) => warning.name === name && warning.detail.includes(part))
      .map(({ detail }) => detail);

  test.each([
    [61, 'ok', 0],
    [59, 'ok', 1],
    [6, 'degraded', 1],
    [-1, 'degraded', 1],
    [undefined, 'ok', 1],
    ['never', 'ok', 0],
  ] as const)('one that ends in %s days: the tenant is %s, with %i reason(s) more', async (days, state, reasons) => {
    const tenantId = idOf(400 + (typeof days === 'number' ? days : (days ?? '').length + 70));
    const quiet = idOf(600);
    await put(tenantId, {});
    await put(quiet, {});
    const reply = await connect(tenantId, 'tickets', typeof days === 'number' ? daysOn(days) : days);
    expect(reply.status).toBe(201);
    const isOfIt = (reason: string): boolean => reason.includes('The auth.secret of the connection tickets');
    const { health } = await get(tenantId);
    expect([health.state, health.reasons.filter(isOfIt).length]).toEqual([state, reasons]);
    const warned = (reply.json.warnings as readonly string[]).filter(isOfIt);
    expect(warned).toEqual(health.reasons.filter(isOfIt));
    const listed = (await world.ask(tenants, 'GET', { as: admin, query: { limit: '200' } })).json.items;
    const healthOf = (asked: string) =>
      listed.find((item) => item.tenantId === asked)?.health as { reasons: string[] } | undefined;
    expect(healthOf(tenantId)).toEqual(health);
    expect(healthOf(quiet)?.reasons.filter(isOfIt)).toEqual([]);
    expect(await told('tenantExpiry', tenantId)).toHaveLength(reasons);
  });

  test('of a tenant out of sight are not told', async () => {
    const tenantId = idOf(601);
    await put(tenantId, { groups: ['77777777-0000-4000-8000-000000000007'] });
    await connect(tenantId, 'tickets', daysOn(3));
    expect(await told('tenantExpiry', tenantId)).toHaveLength(1);
    expect(await told('tenantExpiry', tenantId, { roles: ['Relay.Reader'] })).toEqual([]);
  });

  test('of connections for all tenants are the app’s, the first twenty by name', async () => {
    await share('far', daysOn(90));
    await share('soar', daysOn(3));
    const [one, ...others] = await told('expiry', 'of all tenants');
    expect([one, others]).toEqual([expect.stringContaining('connection soar of all tenants ends in 3 days'), []]);
    for (let at = 0; at < 25; at += 1) await share(`many-${at}`, undefined);
    const all = await told('expiry', '');
    expect([all.length, all[0], all.at(-1)]).toEqual([21, one, '6 more like these.']);
  });

  test('a list of tenants looks over the connections once', async () => {
    const { connections } = world.services.storage;
    let queries = 0;
    const services = {
      ...world.services,
      storage: {
        ...world.services.storage,
        connections: {
          ...connections,
          pages: (query: RowQuery) => {
            queries += 1;
            return connections.pages(query);
          },
        },
      },
    };
    const found: Tenant[] = [];
    for await (const page of world.services.registry.pages('000', undefined)) found.push(...page);
    expect(found.length).toBeGreaterThan(10);
    const facts = await readTenants(services, found);
    expect([facts.length, queries]).toEqual([found.length, 1]);
  });
});
