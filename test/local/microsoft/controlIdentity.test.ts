import { decodeJwt } from 'jose';
import { answerControl } from '../../../local/microsoft/control';
import type { CloudState } from '../../../local/microsoft/state';
import type { Form } from './entra/entraCalls';
import { postForm, refusalIn, tokensIn } from './entra/entraCalls';
import { createTestCloud, firstTenant, textLike } from './testCloud';

let state: CloudState;
beforeEach(async () => {
  state = await createTestCloud({ incidentsPerTenant: 0 });
});

interface Reply {
  status: number;
  body: Record<string, unknown>;
}

const get = async (url: string): Promise<Reply> => {
  const { status, body } = await answerControl(state, { method: 'GET', url, headers: {} });
  return { status, body: JSON.parse(body) as Record<string, unknown> };
};
const post = async (url: string, sent: unknown): Promise<Reply> => {
  const headers = { 'content-type': 'application/json' };
  const { status, body } = await answerControl(state, { method: 'POST', url, headers, body: JSON.stringify(sent) });
  return { status, body: JSON.parse(body) as Record<string, unknown> };
};
const customer = () => firstTenant(state);
const path = (rest: string): string => `/tenants/${customer().tenantId}/${rest}`;
const user = (index: number) => state.users.of(customer())[index]!;
const appToken = (change: Form = {}) => {
  const { clientId, secrets } = state.registrations.reader;
  return postForm(state, `/${customer().tenantId}/oauth2/v2.0/token`, {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: secrets[0]!.value,
    scope: 'https://graph.microsoft.com/.default',
    ...change,
  });
};

test('people are shown and changed', async () => {
  expect((await get(path('users'))).body).toMatchObject([
    { administrator: true, defenderRole: null },
    { defenderRole: 'Security Operator' },
    { defenderRole: 'Security Reader' },
    { defenderRole: 'Security Operator' },
    { defenderRole: null },
    { blocked: true },
  ]);
  const { body } = await post(path(`users/${user(4).userPrincipalName}`), {
    defenderRole: 'Security Reader',
    groupCount: 201,
    mfa: 'demanded',
  });
  expect(body).toMatchObject({ defenderRole: 'Security Reader', mfa: 'demanded', groups: { length: 201 } });
  expect(user(4).groups).toHaveLength(201);
  await post(path(`users/${user(4).objectId}/signOut`), { why: 'revoked' });
  expect(user(4).signedOut?.why).toBe('revoked');
  await post(path('mfa'), { mfa: 'toEnrol' });
  expect(state.users.mfaOf(customer().tenantId)).toBe('toEnrol');
});

test('consent is given, halved, taken and given back, one application at a time', async () => {
  const { reader, writer } = state.registrations;
  const consent = (clientId: string, sent: unknown) => post(path(`consents/${clientId}`), sent);
  const resource = 'https://graph.microsoft.com';
  await consent(reader.clientId, { access: [{ resource, roles: ['SecurityIncident.Read.All'] }] });
  expect(decodeJwt(tokensIn(await appToken()).access_token).roles).toEqual(['SecurityIncident.Read.All']);
  await consent(reader.clientId, { access: [] });
  expect(decodeJwt(tokensIn(await appToken()).access_token)).not.toHaveProperty('roles');
  expect((await consent(reader.clientId, { consented: false })).body).toMatchObject({ present: false, access: [] });
  expect(refusalIn(await appToken())).toMatchObject({ code: 700016 });
  const credentials = { client_id: writer.clientId, client_secret: writer.secrets[0]!.value };
  expect((await appToken(credentials)).status).toBe(200);
  await consent(reader.clientId, { consented: true });
  expect((await appToken()).status).toBe(200);
  expect((await get(path('consents'))).body).toContainEqual(
    expect.objectContaining({ clientId: reader.clientId, present: true, disabled: false }),
  );
});

test('a user has no other traits than these', async () => {
  expect((await post(path(`users/${user(1).objectId}`), { smell: true })).status).toBe(400);
});

test('an application is disabled, or blocked by a policy, in one tenant', async () => {
  const { clientId } = state.registrations.reader;
  await post(path(`consents/${clientId}`), { disabled: true });
  expect(refusalIn(await appToken())).toEqual({ status: 400, error: 'unauthorized_client', code: 7000112 });
  await post(path(`consents/${clientId}`), { disabled: false });
  await post(path(`consents/${clientId}`), { blockedByPolicy: true });
  expect(refusalIn(await appToken())).toEqual({ status: 400, error: 'access_denied', code: 53003 });
  await post(path(`consents/${clientId}`), { blockedByPolicy: false });
  expect((await appToken()).status).toBe(200);
});

test('a condition replaces what was granted one by one, but for the licence', async () => {
  const { tenantId } = customer();
  state.consents.set(customer(), state.registrations.reader, false);
  state.behaviour.setCondition(tenantId, 'noLicence');
  expect(refusalIn(await appToken())).toMatchObject({ code: 700016 });
  state.behaviour.setCondition(tenantId, 'consented');
  expect((await appToken()).status).toBe(200);
  state.behaviour.setCondition(tenantId, 'noDefender');
  expect((await appToken()).status).toBe(200);
  const scope = 'https://api.securitycenter.microsoft.com/.default';
  expect(refusalIn(await appToken({ scope }))).toEqual({ status: 400, error: 'invalid_resource', code: 500011 });
});

test('a partnership changes, and all are listed', async () => {
  const { body } = await post(path('partnership'), { endDateTime: '2026-12-01T00:00:00Z', roles: ['Security Reader'] });
  expect(body).toMatchObject({ endDateTime: '2026-12-01T00:00:00.0000000Z', status: 'active' });
  expect((await get('/partnerships')).body).toMatchObject({ length: 3, 0: { endDateTime: body.endDateTime } });
  expect(state.partnerships.roleAt(customer(), state.users.of(state.world.homeTenant)[1]!)).toBe('Security Reader');
});

test('a device code is approved and a user’s token issued', async () => {
  const { cli } = state.registrations;
  const begun = await postForm(state, '/organizations/oauth2/v2.0/devicecode', {
    client_id: cli.clientId,
    scope: 'openid',
  });
  const { user_code, device_code } = JSON.parse(begun.body) as { user_code: string; device_code: string };
  const { userPrincipalName } = user(1);
  expect((await post(`/deviceCodes/${user_code}`, { userPrincipalName })).body).toEqual({ approved: true });
  const answer = await postForm(state, '/organizations/oauth2/v2.0/token', {
    grant_type: 'device_code',
    client_id: cli.clientId,
    device_code,
  });
  expect(decodeJwt(tokensIn(answer).access_token).upn).toBe(userPrincipalName);
  const { body } = await post('/userTokens', { userPrincipalName, audience: 'https://graph.microsoft.com' });
  expect(state.tokens.verify(String(body.access_token))).toMatchObject({ upn: userPrincipalName });
});

test('registrations are listed, and get further redirects', async () => {
  const { clientId } = state.registrations.reader;
  const redirectUri = 'https://relay.example/api/consent/callback';
  expect((await post(`/registrations/${clientId}`, { redirectUri })).body).toEqual({ redirectUris: [redirectUri] });
  expect((await get('/registrations')).body).toContainEqual(
    expect.objectContaining({ clientId, redirectUris: [redirectUri], isPublic: false }),
  );
  expect((await get('/registrations')).body).toContainEqual(
    expect.objectContaining({ isPublic: true, redirectUris: ['http://localhost'] }),
  );
});

test('the vault’s objects get dates and lose them', async () => {
  state.certificates.create('relay-app-cert');
  await post('/vault/secrets/relay-app-secret', { exp: 1_900_000_000, nbf: 1_700_000_000 });
  expect(state.secrets.find('relay-app-secret')?.attributes).toMatchObject({ exp: 1_900_000_000, nbf: 1_700_000_000 });
  await post('/vault/secrets/relay-app-secret', { exp: null });
  expect(state.secrets.find('relay-app-secret')?.attributes.exp).toBeUndefined();
  await post('/vault/certificates/relay-app-cert', { exp: 1_900_000_000, enabled: false });
  expect(state.certificates.find('relay-app-cert')?.attributes).toMatchObject({ exp: 1_900_000_000, enabled: false });
});

test('what was shown at the token endpoints is counted by kind, and never kept', async () => {
  const { reader, cli } = state.registrations;
  await appToken();
  await appToken({ client_secret: 'canary-secret' });
  await appToken({ client_id: '22222222-2222-4222-8222-222222222222' });
  await postForm(state, `/${customer().tenantId}/oauth2/v2.0/token`, {
    grant_type: 'refresh_token',
    client_id: cli.clientId,
    refresh_token: 'canary-token',
  });
  const { body } = await get('/calls');
  expect(body.tokens).toEqual({
    [reader.clientId]: { grants: { client_credentials: 2 }, credentials: { secret: 2 } },
    unknown: { grants: { client_credentials: 1 }, credentials: { secret: 1 } },
    [cli.clientId]: { grants: { refresh_token: 1 }, credentials: { none: 1 } },
  });
  expect(JSON.stringify(body)).not.toMatch(/canary/);
});

test.each([
  ['/tenants/nobody/mfa', { mfa: 'off' }, 404],
  ['/tenants/contoso.onmicrosoft.com/mfa', { mfa: 'please' }, 400],
  ['/tenants/contoso.onmicrosoft.com/users/nobody', { blocked: true }, 404],
  ['/tenants/contoso.onmicrosoft.com/consents/nothing', { consented: true }, 404],
  ['/tenants/contoso.onmicrosoft.com/partnership', { endDateTime: 'soon' }, 400],
  ['/tenants/contoso.onmicrosoft.com/partnership/more', {}, 404],
  ['/deviceCodes/ABCDEFGH2', { userPrincipalName: 'x@contoso.onmicrosoft.com' }, 400],
  ['/userTokens', { userPrincipalName: 'nobody@contoso.onmicrosoft.com' }, 400],
  ['/registrations/nothing', { redirectUri: 'https://relay.example' }, 404],
  ['/vault/secrets/nothing', { exp: 1 }, 404],
  ['/vault/keys/relay-app-secret', { exp: 1 }, 404],
])('POST %s with %j is %d with a message', async (url, sent, status) => {
  expect(await post(url, sent)).toEqual({ status, body: { message: textLike(/./) } });
});
