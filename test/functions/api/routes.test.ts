import '../../shared/http/quietTestMode';
import '../../../functions/api/check';
import '../../../functions/api/connections';
import '../../../functions/api/consent';
import '../../../functions/api/coverage';
import '../../../functions/api/deliveries';
import '../../../functions/api/health';
import '../../../functions/api/incidents';
import '../../../functions/api/openApi';
import '../../../functions/api/partner';
import '../../../functions/api/tenants';
import '../../../functions/api/usage';
import '../../../functions/backfill/http';
import '../../../functions/receive/http';
import '../../../functions/reconcile/http';
import '../../../functions/sync/http';
import { health, healthReady } from '../../../functions/api/health';
import { openApiDocument } from '../../../functions/api/openApi';
import { tenant } from '../../../functions/api/tenants';
import { ConfigError, ConflictError, ThrottledError, UpstreamError } from '../../../shared/errors';
import { ok } from '../../../shared/http/answers';
import { method } from '../../../shared/http/method';
import type { Route } from '../../../shared/http/route';
import { httpHandler, registeredRoutes, route } from '../../../shared/http/route';
import { newTenantState } from '../../../shared/model/tenantState';
import { writeSweepMark } from '../../../shared/store/sweepMark';
import { toStateRow } from '../../../shared/store/tenantState';
import type { HttpWorld } from '../../shared/http/httpWorld';
import { admin, startHttpWorld } from '../../shared/http/httpWorld';
import { issuedAtSeconds, userClaims } from '../../shared/http/callers/tokenIssuer';
import { HttpRequest, InvocationContext } from '@azure/functions';

let world: HttpWorld;
beforeAll(async () => {
  world = await startHttpWorld();
});
afterAll(() => world.stop());
beforeEach(() => {
  world.logged.length = 0;
});

const everyMethod = (): [Route, string][] =>
  registeredRoutes().flatMap((one) => Object.keys(one.methods).map((verb): [Route, string] => [one, verb]));
const policyOf = (one: Route, verb: string) => Object.entries(one.methods).find(([name]) => name === verb)?.[1].policy;
/** By a token; others are let in without, by a link or a state of ours, or by a signature. */
const protectedMethods = (): [Route, string][] =>
  everyMethod().filter(([one, verb]) => !['anonymous', 'state', 'signature'].includes(policyOf(one, verb) ?? ''));
const someParams = {
  tenantId: '55555555-5555-4555-8555-555555555555',
  incidentId: '1',
  connectionId: 'tickets',
  entryId: '1',
  eventId: 'evt_1',
  runId: '1795161600000-abcdefgh',
  hookId: '0123456789abcdef0123456789abcdef',
  linkId: 'NoSuchLinkNoSuchLinkNoSuchLink00',
};

describe('every registered method', () => {
  test('has a policy, and only health is for anyone, consent for whoever holds a link, webhooks for whoever signs', () => {
    const policies = everyMethod().map(([one, verb]) => [`${verb} ${one.path}`, policyOf(one, verb)]);
    expect(Object.fromEntries(policies)).toEqual({
      'POST tenants/{tenantId}/check': 'Admin',
      'POST tenants/{tenantId}/consent-links': 'Admin',
      'DELETE tenants/{tenantId}/consent-links/{linkId}': 'Admin',
      'GET consent/callback': 'state',
      'GET consent/{linkId}': 'state',
      'GET connections': 'Admin',
      'GET connections/{connectionId}': 'Admin',
      'PUT connections/{connectionId}': 'Admin',
      'DELETE connections/{connectionId}': 'Admin',
      'POST connections/{connectionId}/test': 'Admin',
      'GET tenants/{tenantId}/connections': 'Admin',
      'GET tenants/{tenantId}/connections/{connectionId}': 'Admin',
      'PUT tenants/{tenantId}/connections/{connectionId}': 'Admin',
      'DELETE tenants/{tenantId}/connections/{connectionId}': 'Admin',
      'POST tenants/{tenantId}/connections/{connectionId}/test': 'Admin',
      'POST tenants/{tenantId}/connections/{connectionId}/rehearse': 'Admin',
      'GET coverage': 'Reader',
      'GET tenants/{tenantId}/coverage': 'Reader',
      'GET deliveries': 'Reader',
      'POST tenants/{tenantId}/deliveries/replay': 'Admin',
      'POST tenants/{tenantId}/deliveries/{eventId}/replay': 'Admin',
      'GET health': 'anonymous',
      'GET health/ready': 'Reader',
      'GET openapi.json': 'Reader',
      'GET partner/customers': 'Admin',
      'POST partner/customers/import': 'Admin',
      'GET tenants': 'Reader',
      'GET tenants/{tenantId}': 'Reader',
      'PUT tenants/{tenantId}': 'Admin',
      'DELETE tenants/{tenantId}': 'Admin',
      'GET tenants/{tenantId}/runs/{runId}': 'Reader',
      'POST tenants/{tenantId}/sync': 'Analyst',
      'POST tenants/{tenantId}/backfill': 'Admin',
      'POST tenants/{tenantId}/reconcile': 'Admin',
      'GET incidents': 'Reader',
      'GET tenants/{tenantId}/incidents': 'Reader',
      'GET tenants/{tenantId}/incidents/{incidentId}': 'Reader',
      'GET usage': 'Reader',
      'POST webhooks/{hookId}': 'signature',
      'PATCH tenants/{tenantId}/incidents/{incidentId}': 'Analyst',
      'POST tenants/{tenantId}/incidents/{incidentId}/comments': 'Analyst',
      'POST tenants/{tenantId}/incidents/{incidentId}/conflicts/{entryId}/reverse': 'Analyst',
      'POST tenants/{tenantId}/incidents/{incidentId}/proposals/{entryId}/accept': 'Analyst',
      'POST tenants/{tenantId}/incidents/{incidentId}/proposals/{entryId}/dismiss': 'Analyst',
    });
  });

  test('answers 401 to no token, and to each that does not hold', async () => {
    const attacks: Record<string, unknown>[] = [
      { aud: 'https://graph.microsoft.com' },
      { iss: 'https://elsewhere.example/v2.0' },
      { exp: issuedAtSeconds - 3_600 },
      { tid: someParams.tenantId },
    ];
    for (const [one, verb] of protectedMethods()) {
      const none = await world.ask(one, verb, { as: null, params: someParams });
      expect([one.path, verb, none.status, none.json.code]).toEqual([one.path, verb, 401, 'ERR_TOKEN']);
      expect(none.headers.get('www-authenticate')).toBe('Bearer');
      for (const as of attacks) {
        const refused = await world.ask(one, verb, { as: { ...admin, ...as }, params: someParams });
        expect([one.path, verb, refused.status]).toEqual([one.path, verb, 401]);
        expect(refused.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
      }
    }
  });

  test('answers 401 to alg none and to HS256 signed with the public key', async () => {
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { ...userClaims(world.issuer.issuer), ...admin };
    const forged = `${encode({ alg: 'none', kid: 'key-0' })}.${encode(claims)}.`;
    for (const [one, verb] of protectedMethods()) {
      const refused = await world.ask(one, verb, {
        as: null,
        params: someParams,
        headers: { authorization: `Bearer ${forged}` },
      });
      expect(refused.status).toBe(401);
    }
  });

  test('answers 403 to a token without its role, before it looks at anything else', async () => {
    for (const [one, verb] of protectedMethods()) {
      const refused = await world.ask(one, verb, {
        as: { roles: ['Other.Role'] },
        params: { tenantId: 'x' },
        query: { what: 'ever' },
      });
      expect([one.path, verb, refused.status, refused.json.code]).toEqual([one.path, verb, 403, 'ERR_FORBIDDEN']);
    }
    for (const verb of ['PUT', 'DELETE'])
      expect(
        (await world.ask(tenant, verb, { as: { roles: ['Relay.Analyst', 'Relay.Responder'] }, params: someParams }))
          .status,
      ).toBe(403);
  });

  test('answers 405 with what is allowed to any other method of its path, token or not', async () => {
    for (const one of registeredRoutes())
      for (const verb of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].filter(
        (name) => !Object.hasOwn(one.methods, name),
      )) {
        const refused = await world.ask(one, verb, { as: null, params: someParams });
        expect([one.path, verb, refused.status]).toEqual([one.path, verb, 405]);
        expect(refused.headers.get('allow')).toBe(Object.keys(one.methods).join(', '));
      }
  });

  test('forbids keeping and sniffing its answers', async () => {
    for (const [one, verb] of everyMethod()) {
      const { headers } = await world.ask(one, verb, { params: someParams });
      expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual(['no-store', 'nosniff']);
    }
  });
});

const probe = (handler: () => Promise<never>): Route => ({
  name: 'probe',
  path: 'probe',
  methods: { GET: method({ policy: 'Reader', summary: 'Fails', handler }) },
});

describe('what is thrown becomes problem+json', () => {
  test.each([
    [new UpstreamError('storage is away'), 503, 'ERR_UPSTREAM', '5'],
    [new ThrottledError('wait', 1_200), 429, 'ERR_THROTTLED', '2'],
    [new ConflictError('changed'), 409, 'ERR_CONFLICT', null],
    [new ConfigError(['RELAY_CLOUD must be public']), 500, 'ERR_CONFIG', null],
  ])('%s', async (error, status, code, retryAfter) => {
    const reply = await world.ask(
      probe(() => Promise.reject(error)),
      'GET',
    );
    expect([reply.status, reply.json.code, reply.headers.get('retry-after')]).toEqual([status, code, retryAfter]);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(reply.text).not.toContain(error.message);
  });

  test('a bug shows nothing of itself, and all of it is in the log under the same id', async () => {
    const bug = new TypeError('canary-of-the-bug', { cause: new Error('canary-of-the-cause') });
    const reply = await world.ask(
      probe(() => Promise.reject(bug)),
      'GET',
    );
    expect(reply.status).toBe(500);
    expect(reply.json).toEqual({
      title: 'Something went wrong here',
      status: 500,
      code: 'ERR_INTERNAL',
      traceId: 'call-GET-probe',
    });
    const line = world.logged.find(({ level }) => level === 'error');
    expect(line?.message).toBe('Request failed');
    expect(line?.fields).toMatchObject({
      traceId: 'call-GET-probe',
      reason: 'TypeError: canary-of-the-bug <- Error: canary-of-the-cause',
    });
  });

  test('no token reaches the log', async () => {
    const token = await world.issuer.sign({ exp: issuedAtSeconds - 3_600 });
    await world.ask(healthReady, 'GET', { as: null, headers: { authorization: `Bearer ${token}` } });
    expect(world.logged).toHaveLength(1);
    expect(JSON.stringify(world.logged)).not.toContain(token.slice(0, 40));
  });

  test('settings that are not usable are named, one by one, whatever is asked', async () => {
    const handler = httpHandler(
      () => Promise.reject(new ConfigError(['KEY_VAULT_URL is missing', 'RELAY_CLOUD must be public'])),
      healthReady,
    );
    const request = new HttpRequest({ method: 'GET', url: 'http://127.0.0.1/api/health/ready' });
    const answer = await handler(request, new InvocationContext({ logHandler: () => undefined }));
    expect(answer).toMatchObject({ status: 500 });
    expect(JSON.stringify(answer)).toContain('KEY_VAULT_URL');
    expect(JSON.stringify(answer)).toContain('RELAY_CLOUD');
  });

  test('keys of the issuer that cannot be had are 503: nothing is said about the token', async () => {
    const fresh = await startHttpWorld();
    try {
      fresh.issuer.answerWith(500);
      expect((await fresh.ask(healthReady, 'GET')).status).toBe(503);
    } finally {
      await fresh.stop();
    }
  });
});

/** @see https://github.com/Azure/azure-functions-host/issues/9876 */
test('where two paths fit one address, the more special is tried first: the host goes by the names of functions', () => {
  const segmentsOf = ({ path }: Route): string[] => path.split('/');
  const isParameter = (segment: string | undefined): boolean => segment?.startsWith('{') === true;
  const fits = (special: Route, wide: Route): boolean =>
    special !== wide &&
    segmentsOf(special).length === segmentsOf(wide).length &&
    segmentsOf(special).every((segment, at) => isParameter(segmentsOf(wide)[at]) || segmentsOf(wide)[at] === segment);
  const pairs = registeredRoutes().flatMap((special) =>
    registeredRoutes()
      .filter((wide) => fits(special, wide))
      .map((wide) => [special.name, wide.name]),
  );
  expect(pairs).toContainEqual(['consentCallback', 'consentLink']);
  for (const [special = '', wide = ''] of pairs) expect(special.toLowerCase() < wide.toLowerCase()).toBe(true);
});

test('a path with parameters cannot be registered without looking its object up', () => {
  const blind = method({ policy: 'Reader', summary: 'Blind', handler: () => Promise.resolve(ok({})) });
  expect(() =>
    route(() => Promise.resolve(world.services), { name: 'blind', path: 'blind/{id}', methods: { GET: blind } }),
  ).toThrow('without find');
});

describe('health', () => {
  test('names what is wrong with the settings', async () => {
    process.env.RELAY_CLOUD = 'mars';
    const reply = await world.ask(health, 'GET', { as: null });
    expect([reply.status, reply.json.code]).toEqual([500, 'ERR_CONFIG']);
    expect(reply.text).toContain('RELAY_CLOUD');
    expect(reply.text).toContain('KEY_VAULT_URL');
  });

  test('says ok to anyone and nothing more', async () => {
    Object.assign(process.env, {
      RELAY_CLOUD: 'public',
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
      TASK_HUB_NAME: 'hub',
      KEY_VAULT_URL: 'https://vault.example',
      RELAY_TENANT_ID: '99999999-9999-4999-8999-999999999999',
      RELAY_CLIENT_ID: '99999999-9999-4999-8999-999999999998',
    });
    const reply = await world.ask(health, 'GET', { as: null });
    expect([reply.status, reply.text]).toEqual([200, '{"status":"ok"}']);
  });

  test('ready names each check, counts tenants, and warns of private targets', async () => {
    await world.putTenant({ tenantId: '66666666-6666-4666-8666-666666666601' });
    const reply = await world.ask(healthReady, 'GET');
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      status: 'ok',
      checks: [
        { name: 'settings', ok: true },
        { name: 'functions', ok: true },
        { name: 'storage', ok: true },
      ],
      warnings: [],
      tenants: { ok: 1, degraded: 0, down: 0, counted: 1, all: true },
    });
    world.configure({ allowPrivateTargets: true });
    const warned = await world.ask(healthReady, 'GET');
    world.configure({ allowPrivateTargets: false });
    expect([warned.status, warned.json.warnings]).toEqual([200, [expect.objectContaining({ name: 'privateTargets' })]]);
  });

  test('ready tells of tenants that are overdue and of sweeps that stay away, with the cure', async () => {
    const tenantId = '66666666-6666-4666-8666-666666666602';
    await world.putTenant({ tenantId });
    const { storage, clock } = world.services;
    const longAgo = new Date(clock.now() - 3_600_000).toISOString();
    const row = toStateRow(tenantId, { ...newTenantState, lastSuccess: longAgo });
    await storage.incidents.write({ kind: 'upsert', row });
    await writeSweepMark(storage.runs, { at: new Date(clock.now() - 66 * 60_000).toISOString(), restarted: 0 });
    const late = (await world.ask(healthReady, 'GET')).json;
    expect(late).toMatchObject({ status: 'ok', tenants: { overdue: 1, degraded: 1 } });
    const warnings = late.warnings as { name: string; detail: string; cure: string }[];
    expect(warnings.map(({ name }) => name)).toEqual(['overdueTenants', 'sweep']);
    expect(warnings[0]?.detail).toContain(longAgo);
    for (const { cure } of warnings) expect(cure).not.toBe('');

    await storage.incidents.write({ kind: 'delete', partitionKey: tenantId, rowKey: row.rowKey });
    await writeSweepMark(storage.runs, { at: new Date(clock.now() - 5 * 60_000).toISOString(), restarted: 1 });
    expect((await world.ask(healthReady, 'GET')).json).toMatchObject({ warnings: [], tenants: { overdue: 0 } });
  });

  test('ready answers 503 with the cure where storage does not answer', async () => {
    const dead = { get: () => Promise.reject(new UpstreamError('Table read: no answer')) };
    const { services } = world;
    const broken = {
      ...services,
      config: services.config,
      storage: { ...services.storage, index: { ...services.storage.index, ...dead } },
    };
    const handler = httpHandler(() => Promise.resolve(broken), healthReady);
    const headers = { authorization: `Bearer ${await world.issuer.sign()}` };
    const answer = await handler(
      new HttpRequest({ method: 'GET', url: 'http://127.0.0.1/api/health/ready', headers }),
      new InvocationContext(),
    );
    expect(answer).toMatchObject({ status: 503 });
    expect(JSON.stringify(answer)).toContain('RELAY_STORAGE');
  });
});

test('OpenAPI describes every method with the schemas that check it', async () => {
  const { json } = await world.ask(openApiDocument, 'GET');
  const paths = json.paths as Record<string, Record<string, { parameters: { name: string }[] }>>;
  expect(
    Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((verb) => `${verb.toUpperCase()} ${path.slice(1)}`),
    ),
  ).toEqual(everyMethod().map(([one, verb]) => `${verb} ${one.path}`));
  expect(paths['/incidents']?.get?.parameters.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['status', 'severity', 'tenantId', 'group', 'limit', 'continue']),
  );
});
