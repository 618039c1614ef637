import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import type { Answer } from '../../../../local/microsoft/answer';
import { answerEntra } from '../../../../local/microsoft/entra/answer';
import { issueToken } from '../../../../local/microsoft/entra/claims';
import type { CloudState } from '../../../../local/microsoft/state';
import { createTestClock, createTestCloud, firstTenant, textLike } from '../testCloud';

let state: CloudState;
let clock: ReturnType<typeof createTestClock>;
beforeEach(async () => {
  clock = createTestClock();
  state = await createTestCloud({ clock });
});

const graphScope = 'https://graph.microsoft.com/.default';
const secret = (): string => state.registrations.reader.secrets[0]!.value;

function askToken(
  tenant: string,
  form: Record<string, string | undefined>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const all: Record<string, string | undefined> = {
    grant_type: 'client_credentials',
    client_id: state.registrations.reader.clientId,
    client_secret: secret(),
    scope: graphScope,
    ...form,
  };
  const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return answerEntra(state, {
    method: 'POST',
    url: `/${tenant}/oauth2/v2.0/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(sent).toString(),
  });
}

async function claimsOf(answer: Answer): Promise<Record<string, unknown>> {
  const { access_token } = JSON.parse(answer.body) as { access_token: string };
  const { payload } = await jwtVerify(access_token, createLocalJWKSet({ keys: [state.tokens.publicJwk] }), {
    currentDate: new Date('2026-11-20T12:00:00Z'),
  });
  return payload;
}

const get = async (url: string) =>
  JSON.parse((await answerEntra(state, { method: 'GET', url, headers: {} })).body) as Record<string, unknown>;

describe('the token endpoint', () => {
  test('gives the reader a version 1 token for Graph in each consenting tenant, by id or domain', async () => {
    const { tenantId, domain } = firstTenant(state);
    for (const tenant of [tenantId, domain, tenantId.toUpperCase()]) {
      const answer = await askToken(tenant, {});
      expect(JSON.parse(answer.body)).toMatchObject({ token_type: 'Bearer', expires_in: 3_599 });
      expect(await claimsOf(answer)).toMatchObject({
        iss: `https://sts.windows.net/${tenantId}/`,
        aud: 'https://graph.microsoft.com',
        appid: state.registrations.reader.clientId,
        appidacr: '1',
        tid: tenantId,
        oid: state.registrations.principalId(state.registrations.reader.clientId, tenantId),
        roles: ['SecurityIncident.Read.All', 'SecurityAlert.Read.All', 'ThreatHunting.Read.All'],
        ver: '1.0',
      });
    }
  });

  test('gives the reader a token for the Defender API, by address or client id', async () => {
    const { tenantId } = firstTenant(state);
    for (const identifier of ['https://api.security.microsoft.com', '8ee8fdad-f234-4243-8f3b-15c294843740']) {
      expect(await claimsOf(await askToken(tenantId, { scope: `${identifier}/.default` }))).toMatchObject({
        aud: 'https://api.security.microsoft.com',
        tid: tenantId,
        roles: ['Incident.Read.All', 'AdvancedHunting.Read.All'],
      });
    }
  });

  test('a tenant that granted nothing or never consented gives the Defender API no more than Graph', async () => {
    const { tenantId } = firstTenant(state);
    const scope = 'https://api.security.microsoft.com/.default';
    state.behaviour.setCondition(tenantId, 'roleMissing');
    expect(await claimsOf(await askToken(tenantId, { scope }))).not.toHaveProperty('roles');
    state.behaviour.setCondition(tenantId, 'notConsented');
    expect(JSON.parse((await askToken(tenantId, { scope })).body)).toMatchObject({ error_codes: [700016] });
  });

  test('gives the operator a version 2 token of the API with the role it holds', async () => {
    const { api, operator } = state.registrations;
    const home = state.world.homeTenant.tenantId;
    for (const scope of [`api://${api.clientId}/.default`, `${api.clientId}/.default`]) {
      const answer = await askToken(home, {
        client_id: operator.clientId,
        client_secret: operator.secrets[0]!.value,
        scope,
      });
      expect(await claimsOf(answer)).toMatchObject({
        iss: `https://entra.invalid/${home}/v2.0`,
        aud: api.clientId,
        azp: operator.clientId,
        azpacr: '1',
        roles: ['Relay.Admin'],
        ver: '2.0',
      });
    }
  });

  test('HTTP Basic is as good as the body, its parts form-encoded', async () => {
    const { clientId } = state.registrations.reader;
    const value = state.registrations.addSecret(clientId, { value: 'a:b%c+d e' });
    const basic = Buffer.from(`${clientId}:${encodeURIComponent(value)}`).toString('base64');
    const answer = await askToken(
      firstTenant(state).tenantId,
      { client_id: undefined, client_secret: undefined },
      { authorization: `Basic ${basic}` },
    );
    expect(answer.status).toBe(200);
  });

  test('several secrets are valid side by side until one expires or is removed', async () => {
    const { clientId } = state.registrations.reader;
    const { tenantId } = firstTenant(state);
    const first = secret();
    const second = state.registrations.addSecret(clientId, { expiresAt: Date.parse('2026-11-20T13:00:00Z') / 1_000 });
    const status = async (value: string): Promise<number> =>
      (await askToken(tenantId, { client_secret: value })).status;
    expect([await status(first), await status(second)]).toEqual([200, 200]);
    clock.advance(3_600);
    expect(JSON.parse((await askToken(tenantId, { client_secret: second })).body)).toMatchObject({
      error: 'invalid_client',
      error_codes: [7000222],
    });
    state.registrations.removeSecret(clientId, first);
    expect(await status(first)).toBe(401);
  });

  test('a tenant with nothing granted gets a token without a roles claim', async () => {
    const { tenantId } = firstTenant(state);
    state.behaviour.setCondition(tenantId, 'roleMissing');
    expect(await claimsOf(await askToken(tenantId, {}))).not.toHaveProperty('roles');
  });

  const customer = (): string => firstTenant(state).tenantId;
  const refused: [string, () => string, Record<string, string | undefined>, number, string, number][] = [
    ['an unknown tenant', () => '11111111-1111-4111-8111-111111111111', {}, 400, 'invalid_request', 90002],
    ['organizations', () => 'organizations', {}, 400, 'invalid_request', 50059],
    ['common', () => 'common', {}, 400, 'invalid_request', 50059],
    [
      'an unknown client',
      customer,
      { client_id: '22222222-2222-4222-8222-222222222222' },
      400,
      'unauthorized_client',
      700016,
    ],
    ['a wrong secret', customer, { client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
    ['no secret', customer, { client_secret: undefined }, 401, 'invalid_client', 7000218],
    [
      'an assertion that is none',
      customer,
      {
        client_secret: undefined,
        client_assertion: 'a.b.c',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      },
      401,
      'invalid_client',
      50027,
    ],
    [
      'a scope without /.default',
      customer,
      { scope: 'https://graph.microsoft.com/User.Read' },
      400,
      'invalid_scope',
      70011,
    ],
    ['a scope of nothing', customer, { scope: '/.default' }, 400, 'invalid_scope', 70011],
    [
      'two resources',
      customer,
      { scope: `${graphScope} https://vault.azure.net/.default` },
      400,
      'invalid_scope',
      700022,
    ],
    ['no scope', customer, { scope: undefined }, 400, 'invalid_request', 900144],
    [
      'a resource the tenant does not have',
      customer,
      { scope: 'https://manage.office.com/.default' },
      400,
      'invalid_resource',
      500011,
    ],
    ['no grant', customer, { grant_type: undefined }, 400, 'invalid_request', 900144],
    ['another grant', customer, { grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
  ];
  test.each(refused)('%s is refused as Entra refuses it', async (_, tenant, form, status, error, code) => {
    const answer = await askToken(tenant(), form, { 'client-request-id': '33333333-3333-4333-8333-333333333333' });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({
      error,
      error_codes: [code],
      error_description: textLike(new RegExp(`^AADSTS${code}: [^]+Trace ID: [^]+Correlation ID: [^]+Timestamp: `)),
      timestamp: '2026-11-20 12:00:00Z',
      trace_id: textLike(/^[0-9a-f-]{36}$/),
      correlation_id: '33333333-3333-4333-8333-333333333333',
    });
  });

  test('a tenant that has not consented refuses until it has', async () => {
    state.behaviour.setCondition(customer(), 'notConsented');
    expect(JSON.parse((await askToken(customer(), {})).body)).toMatchObject({
      error: 'unauthorized_client',
      error_codes: [700016],
    });
    state.behaviour.setCondition(customer(), 'consented');
    expect((await askToken(customer(), {})).status).toBe(200);
  });

  test('applications of the home tenant alone are unknown elsewhere, and so is the API', async () => {
    const { api, operator } = state.registrations;
    const credentials = { client_id: operator.clientId, client_secret: operator.secrets[0]!.value };
    expect(JSON.parse((await askToken(customer(), credentials)).body)).toMatchObject({ error_codes: [700016] });
    expect(JSON.parse((await askToken(customer(), { scope: `api://${api.clientId}/.default` })).body)).toMatchObject({
      error_codes: [500011],
    });
  });

  test('a body that is no form has no grant', async () => {
    expect(JSON.parse((await askToken(customer(), {}, { 'content-type': 'application/json' })).body)).toMatchObject({
      error_codes: [900144],
    });
  });

  test('a scripted fault takes one call of its tenant', async () => {
    state.behaviour.failNext({
      service: 'token',
      tenantId: customer(),
      status: 503,
      body: { error: 'temporarily_unavailable' },
    });
    expect((await askToken(state.world.tenants[1]!.tenantId, {})).status).toBe(200);
    expect(await askToken(customer(), {})).toMatchObject({ status: 503, body: '{"error":"temporarily_unavailable"}' });
    expect((await askToken(customer(), {})).status).toBe(200);
  });
});

describe('discovery', () => {
  test('names the issuer tokens of that version carry, and keys that verify them', async () => {
    const home = state.world.homeTenant.tenantId;
    const { issuer, jwks_uri, token_endpoint } = await get(`/${home}/v2.0/.well-known/openid-configuration`);
    expect(token_endpoint).toBe(`https://entra.invalid/${home}/oauth2/v2.0/token`);
    const keys = await get(String(jwks_uri).replace('https://entra.invalid', ''));
    const token = await issueToken(state, { tenantId: home });
    const { payload } = await jwtVerify(
      token,
      createLocalJWKSet(keys as unknown as Parameters<typeof createLocalJWKSet>[0]),
      {
        issuer: String(issuer),
        audience: state.registrations.api.clientId,
        currentDate: new Date('2026-11-20T12:00:00Z'),
      },
    );
    expect(payload.tid).toBe(home);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', kid: state.tokens.publicJwk.kid });
    expect((await get(`/${home}/.well-known/openid-configuration`)).issuer).toBe(`https://sts.windows.net/${home}/`);
  });

  test('lists the endpoints of the user flows, of a tenant or of whichever the user comes from', async () => {
    const home = state.world.homeTenant.tenantId;
    for (const segment of [home, 'common', 'organizations']) {
      expect(await get(`/${segment}/v2.0/.well-known/openid-configuration`)).toMatchObject({
        issuer: `https://entra.invalid/${segment === home ? home : '{tenantid}'}/v2.0`,
        authorization_endpoint: `https://entra.invalid/${segment}/oauth2/v2.0/authorize`,
        device_authorization_endpoint: `https://entra.invalid/${segment}/oauth2/v2.0/devicecode`,
        token_endpoint: `https://entra.invalid/${segment}/oauth2/v2.0/token`,
      });
    }
  });

  test('an unknown tenant has no discovery document', async () => {
    expect(await get('/nobody.example/v2.0/.well-known/openid-configuration')).toMatchObject({ error_codes: [90002] });
  });

  test('the private part of the key is not shown', async () => {
    const keys = JSON.stringify(await get(`/${firstTenant(state).tenantId}/discovery/v2.0/keys`));
    expect(keys).toContain('"n":');
    expect(keys).not.toContain('"d":');
  });
});

describe('issueToken', () => {
  const decode = async (request: Parameters<typeof issueToken>[1]): Promise<Record<string, unknown>> =>
    JSON.parse(Buffer.from((await issueToken(state, request)).split('.')[1]!, 'base64url').toString()) as Record<
      string,
      unknown
    >;

  test('makes a user of the caller when scopes are given, an application otherwise', async () => {
    const tenantId = state.world.homeTenant.tenantId;
    const user = await decode({
      tenantId,
      scp: 'access_as_user',
      groups: ['g'],
      oid: 'o',
      name: 'Ana Bowen',
      roles: ['Relay.Reader'],
    });
    expect(user).toMatchObject({
      scp: 'access_as_user',
      groups: ['g'],
      oid: 'o',
      name: 'Ana Bowen',
      roles: ['Relay.Reader'],
      ver: '2.0',
    });
    expect(user).not.toHaveProperty('idtyp');
    const app = await decode({ tenantId, roles: ['Relay.Reader'] });
    expect(app).toMatchObject({ idtyp: 'app' });
    expect(app).not.toHaveProperty('scp');
  });

  test('overrides forge claims and null leaves them out', async () => {
    const claims = await decode({
      tenantId: state.world.homeTenant.tenantId,
      overrides: { iss: 'https://evil.example', tid: null },
    });
    expect(claims.iss).toBe('https://evil.example');
    expect(claims).not.toHaveProperty('tid');
  });
});
