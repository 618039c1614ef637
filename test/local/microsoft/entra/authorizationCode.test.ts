import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { Answer } from '../../../../local/microsoft/answer';
import type { CloudState } from '../../../../local/microsoft/state';
import type { Visit, Visitor } from '../../../support/entraBrowser';
import { createTestClock, createTestCloud, firstTenant } from '../testCloud';
import type { Form } from './entraCalls';
import { encoded, personAt, postForm, refusalIn, tokensIn } from './entraCalls';

let state: CloudState;
let clock: ReturnType<typeof createTestClock>;
beforeEach(async () => {
  clock = createTestClock();
  state = await createTestCloud({ clock });
});

const verifier = 'v'.repeat(43);
const challenge = createHash('sha256').update(verifier).digest('base64url');
const redirectUri = 'http://localhost:4711';
const graph = 'https://graph.microsoft.com';
const scope = `openid profile offline_access ${graph}/SecurityIncident.Read.All`;
const customer = () => firstTenant(state);
const userAt = (index: number, tenant = customer()) => state.users.of(tenant)[index]!;
const asUser = (index: number): Visitor => ({ username: userAt(index).userPrincipalName });

const authorizeUrl = (change: Form = {}, tenant = customer().tenantId): string =>
  `${state.urls.entra}/${tenant}/oauth2/v2.0/authorize?${encoded({
    client_id: state.registrations.cli.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope,
    state: 'the state',
    nonce: 'the nonce',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...change,
  })}`;
const visit = (visitor: Visitor, change: Form = {}, tenant?: string): Promise<Visit> =>
  personAt(state).visit(authorizeUrl(change, tenant), visitor);
const codeFor = async (visitor: Visitor, change: Form = {}, tenant?: string): Promise<string> =>
  (await visit(visitor, change, tenant)).location!.searchParams.get('code')!;
const redeem = (code: string, change: Form = {}, tenant = customer().tenantId): Promise<Answer> =>
  postForm(state, `/${tenant}/oauth2/v2.0/token`, {
    grant_type: 'authorization_code',
    client_id: state.registrations.cli.clientId,
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    ...change,
  });
const refresh = (token: string, change: Form = {}, tenant = customer().tenantId): Promise<Answer> =>
  postForm(state, `/${tenant}/oauth2/v2.0/token`, {
    grant_type: 'refresh_token',
    client_id: state.registrations.cli.clientId,
    refresh_token: token,
    scope,
    ...change,
  });

describe('the code', () => {
  test('comes back with the state, and gives tokens in the name of the user who signed in', async () => {
    const { location, titles } = await visit(asUser(1));
    expect(titles).toEqual(['Pick an account']);
    expect(`${location!.origin}${location!.pathname}`).toBe(`${redirectUri}/`);
    expect(location!.searchParams.get('state')).toBe('the state');
    const tokens = tokensIn(await redeem(location!.searchParams.get('code')!));
    const { objectId, userPrincipalName } = userAt(1);
    expect(decodeJwt(tokens.access_token)).toMatchObject({ oid: objectId, upn: userPrincipalName, appidacr: '0' });
    expect(decodeJwt(tokens.id_token!)).toMatchObject({
      aud: state.registrations.cli.clientId,
      iss: `${state.urls.entra}/${customer().tenantId}/v2.0`,
      nonce: 'the nonce',
      oid: objectId,
      preferred_username: userPrincipalName,
    });
    expect(tokens.scope.split(' ')).toContain(`${graph}/SecurityIncident.Read.All`);
  });

  test('comes in the fragment where that is asked for', async () => {
    const { location } = await visit(asUser(1), { response_mode: 'fragment' });
    expect(location!.search).toBe('');
    expect(location!.hash).toMatch(/^#code=/);
  });

  test('is good once', async () => {
    const code = await codeFor(asUser(1));
    expect((await redeem(code)).status).toBe(200);
    expect(refusalIn(await redeem(code))).toEqual({ status: 400, error: 'invalid_grant', code: 54005 });
  });

  test('is good for ten minutes', async () => {
    const [first, second] = [await codeFor(asUser(1)), await codeFor(asUser(1))];
    clock.advance(599);
    expect((await redeem(first)).status).toBe(200);
    clock.advance(2);
    expect(refusalIn(await redeem(second))).toMatchObject({ error: 'invalid_grant', code: 70008 });
  });

  test.each<[string, Form, number, string, number]>([
    ['another verifier', { code_verifier: 'w'.repeat(43) }, 400, 'invalid_grant', 501481],
    ['no verifier', { code_verifier: undefined }, 400, 'invalid_grant', 501481],
    ['another redirect', { redirect_uri: 'http://localhost:4712' }, 400, 'invalid_grant', 500112],
    ['a secret', { client_secret: 'a secret' }, 401, 'invalid_client', 700025],
    ['an unknown code', { code: 'nothing' }, 400, 'invalid_grant', 70000],
    [
      'two resources',
      { scope: `${graph}/User.Read https://api.security.microsoft.com/Incident.Read` },
      400,
      'invalid_request',
      28000,
    ],
  ])('with %s is refused', async (_, change, status, error, code) => {
    expect(refusalIn(await redeem(await codeFor(asUser(1)), change))).toEqual({ status, error, code });
  });

  test('of one application is no good to another', async () => {
    const { api } = state.registrations;
    const home = state.world.homeTenant;
    const visitor = { username: userAt(1, home).userPrincipalName };
    const code = await codeFor(visitor, {}, home.tenantId);
    const other = { client_id: api.clientId, client_secret: api.secrets[0]!.value };
    expect(refusalIn(await redeem(code, other, home.tenantId))).toMatchObject({ code: 70000 });
  });

  test('carries no refresh token and no id token unless they are asked for', async () => {
    const tokens = tokensIn(await redeem(await codeFor(asUser(1), { scope: `${graph}/SecurityIncident.Read.All` })));
    expect(tokens).not.toHaveProperty('refresh_token');
    expect(tokens).not.toHaveProperty('id_token');
  });

  test('of organizations is for the tenant the user is of', async () => {
    const code = await codeFor(asUser(2), {}, 'organizations');
    expect(decodeJwt(tokensIn(await redeem(code, {}, 'organizations')).access_token).tid).toBe(customer().tenantId);
  });
});

describe('what is wrong with the request', () => {
  test.each<[string, Form, string, number]>([
    ['another response type', { response_type: 'token' }, 'unsupported_response_type', 700054],
    ['no scope', { scope: undefined }, 'invalid_request', 900144],
    ['a permission there is not', { scope: `${graph}/Everything.Read` }, 'invalid_client', 650053],
    ['a resource there is not', { scope: 'https://manage.office.com/.default' }, 'invalid_resource', 500011],
    ['no PKCE', { code_challenge: undefined }, 'invalid_request', 50147],
    ['PKCE that is plain', { code_challenge_method: 'plain' }, 'invalid_request', 50147],
    ['no page wanted', { prompt: 'none' }, 'login_required', 50058],
  ])('%s is told to the application', async (_, change, error, code) => {
    const { location } = await visit(asUser(1), change);
    expect(location!.searchParams.get('error')).toBe(error);
    expect(location!.searchParams.get('error_description')).toMatch(new RegExp(`^AADSTS${code}: `));
    expect(location!.searchParams.get('state')).toBe('the state');
  });

  test.each<[string, Form, string]>([
    ['an unknown application', { client_id: '22222222-2222-4222-8222-222222222222' }, 'AADSTS700016'],
    ['a redirect that is not registered', { redirect_uri: 'https://evil.example' }, 'AADSTS50011'],
    ['a redirect to another path', { redirect_uri: 'http://localhost:4711/elsewhere' }, 'AADSTS50011'],
    ['a loopback redirect over TLS', { redirect_uri: 'https://localhost:4711' }, 'AADSTS50011'],
    ['another host of loopback', { redirect_uri: 'http://127.0.0.1:4711' }, 'AADSTS50011'],
    ['a user in the redirect', { redirect_uri: 'http://evil@localhost:4711' }, 'AADSTS50011'],
    ['an answer by form', { response_mode: 'form_post' }, 'AADSTS70007'],
  ])('%s is told on the page alone', async (_, change, text) => {
    const { location, text: shown } = await visit(asUser(1), change);
    expect(location).toBeUndefined();
    expect(shown).toContain(text);
  });

  test('an application of the home tenant alone is unknown to a customer, and to nobody in particular', async () => {
    const change = { client_id: state.registrations.api.clientId };
    expect((await visit(asUser(1), change)).text).toContain('AADSTS700016');
    expect((await visit(asUser(1), change, 'common')).text).toContain('AADSTS50194');
  });
});

describe('the user', () => {
  test('who is unknown, blocked or of another tenant may pick another account', async () => {
    const shown = async (username: string): Promise<string> => (await visit({ username })).text;
    expect(await shown(`nobody@${customer().domain}`)).toContain('AADSTS50034');
    expect(await shown(userAt(5).userPrincipalName)).toContain('AADSTS50057');
    expect(await shown(userAt(1, state.world.tenants[1]).userPrincipalName)).toContain('AADSTS50020');
  });

  test('of the provider is let in where the customer has a partnership with it, and only there', async () => {
    const partner = userAt(1, state.world.homeTenant);
    const visitor = { username: partner.userPrincipalName };
    const code = await codeFor(visitor);
    expect(decodeJwt(tokensIn(await redeem(code)).access_token)).toMatchObject({
      tid: customer().tenantId,
      oid: partner.objectId,
      idp: `https://sts.windows.net/${state.world.homeTenant.tenantId}/`,
    });
    const late = await codeFor(visitor);
    state.partnerships.change(customer(), { status: 'terminated' });
    expect(refusalIn(await redeem(late))).toMatchObject({ error: 'invalid_grant', code: 50020 });
    expect((await visit(visitor)).text).toContain('AADSTS50020');
  });

  test('shows a second factor where Conditional Access demands it, or a claims challenge does', async () => {
    const titles = async (change: Form = {}) => (await visit(asUser(1), change)).titles;
    state.users.setMfa(customer().tenantId, 'demanded');
    expect(await titles()).toEqual(['Pick an account', 'Approve sign-in request']);
    state.users.setMfa(customer().tenantId, 'toEnrol');
    expect(await titles()).toEqual(['Pick an account', 'More information required']);
    state.users.setMfa(customer().tenantId, 'off');
    const claims = JSON.stringify({ access_token: { capolids: { essential: true, values: ['x'] } } });
    expect(await titles({ claims })).toEqual(['Pick an account', 'Approve sign-in request']);
  });

  test('is asked for consent once, and an administrator for everyone', async () => {
    state.behaviour.setCondition(customer().tenantId, 'notConsented');
    const change = { scope: `${graph}/User.Read` };
    const titles = async (visitor: Visitor) => (await visit(visitor, change)).titles;
    expect(await titles(asUser(1))).toEqual(['Pick an account', 'Permissions requested']);
    expect(await titles(asUser(1))).toEqual(['Pick an account']);
    expect(await titles(asUser(2))).toEqual(['Pick an account', 'Permissions requested']);
    expect(await titles({ ...asUser(0), forAll: true })).toEqual(['Pick an account', 'Permissions requested']);
    expect(await titles(asUser(3))).toEqual(['Pick an account']);
  });

  test('who may not grant what is asked needs an administrator', async () => {
    state.behaviour.setCondition(customer().tenantId, 'notConsented');
    const { location, titles } = await visit(asUser(1));
    expect(titles).toEqual(['Pick an account', 'Need admin approval']);
    expect(location!.searchParams.get('error')).toBe('access_denied');
    expect(location!.searchParams.get('error_description')).toMatch(/^AADSTS90094: /);
  });

  test('may decline', async () => {
    const { location } = await visit({ ...asUser(0), consent: 'cancel' }, { prompt: 'consent' });
    expect(location!.searchParams.get('error')).toBe('access_denied');
    expect(location!.searchParams.get('error_description')).toMatch(/^AADSTS65004: /);
  });

  test('cannot consent by a form that the page did not offer', async () => {
    state.behaviour.setCondition(customer().tenantId, 'notConsented');
    const client = state.registrations.cli;
    const purpose = { kind: 'signIn' as const, ask: false, wanted: [] };
    const ended: string[] = [];
    const answer = { status: 200, headers: {}, body: '' };
    const resource = client.asks[0]!.resource;
    const { context } = state.interactions.begin({
      ...{ client, tenant: customer(), loginHint: undefined, stepUp: false, notice: undefined },
      purpose: { ...purpose, wanted: [{ resource, names: ['SecurityIncident.Read.All'], whole: false }] },
      succeed: () => (ended.push('succeeded'), answer),
      fail: ({ code }) => (ended.push(String(code)), answer),
    });
    await postForm(state, '/common/interaction', { context, step: 'account', username: asUser(1).username });
    await postForm(state, '/common/interaction', { context, step: 'consent', answer: 'accept', forAll: 'yes' });
    expect(ended).toEqual(['90094']);
    expect(state.consents.of(customer(), client).access).toEqual([]);
  });

  test('of a tenant without Defender cannot be asked for its permissions', async () => {
    state.behaviour.setCondition(customer().tenantId, 'noDefender');
    const { location } = await visit(asUser(0), { scope: 'https://api.security.microsoft.com/Incident.Read' });
    expect(location!.searchParams.get('error_description')).toMatch(/^AADSTS650052: /);
  });
});

describe('a refresh token', () => {
  const first = async (index = 1): Promise<string> =>
    tokensIn(await redeem(await codeFor(asUser(index)))).refresh_token!;

  test('gives another one, and tokens for any resource consented to', async () => {
    const token = await first();
    const again = tokensIn(await refresh(token, { scope: 'https://api.securitycenter.microsoft.com/Machine.Read' }));
    expect(decodeJwt(again.access_token)).toMatchObject({
      aud: 'https://api.securitycenter.microsoft.com',
      scp: 'Machine.Read Alert.Read AdvancedQuery.Read',
    });
    expect(again.refresh_token).not.toBe(token);
    expect((await refresh(again.refresh_token!)).status).toBe(200);
  });

  test('is refused for what was not consented to', async () => {
    const token = await first();
    expect(refusalIn(await refresh(token, { scope: `${graph}/SecurityIncident.ReadWrite.All` }))).toEqual({
      status: 400,
      error: 'invalid_grant',
      code: 65001,
    });
  });

  test('ends when its user is blocked, signed out everywhere, or away for long', async () => {
    const [blocked, revoked, stale, old] = [await first(1), await first(2), await first(3), await first(1)];
    userAt(2).signedOut = { at: clock(), why: 'revoked' };
    userAt(3).signedOut = { at: clock(), why: 'expired' };
    clock.advance(1);
    expect(refusalIn(await refresh(revoked))).toMatchObject({ error: 'invalid_grant', code: 50173 });
    expect(refusalIn(await refresh(stale))).toMatchObject({ error: 'invalid_grant', code: 700082 });
    userAt(1).blocked = true;
    expect(refusalIn(await refresh(blocked))).toMatchObject({ error: 'invalid_grant', code: 50057 });
    userAt(1).blocked = false;
    clock.advance(90 * 86_400);
    expect(refusalIn(await refresh(old))).toMatchObject({ code: 700082 });
    expect((await refresh(await first(2))).status).toBe(200);
  });

  test('is of no use while an administrator has switched the application off', async () => {
    const token = await first();
    state.consents.disable(customer(), state.registrations.cli, true);
    expect(refusalIn(await refresh(token))).toMatchObject({ error: 'unauthorized_client', code: 7000112 });
    state.consents.disable(customer(), state.registrations.cli, false);
    expect((await refresh(token)).status).toBe(200);
  });

  test('meets Conditional Access with claims to sign in with', async () => {
    const token = await first();
    userAt(1).mfa = 'toEnrol';
    const answer = await refresh(token);
    expect(refusalIn(answer)).toEqual({ status: 400, error: 'interaction_required', code: 50079 });
    const { claims } = JSON.parse(answer.body) as { claims: string };
    expect(JSON.parse(claims)).toHaveProperty('access_token.capolids.essential', true);
    const stronger = tokensIn(await redeem(await codeFor(asUser(1), { claims })));
    expect((await refresh(stronger.refresh_token!)).status).toBe(200);
  });

  test('of nobody, and of another application, is refused', async () => {
    expect(refusalIn(await refresh('1.nothing'))).toMatchObject({ error: 'invalid_grant' });
    const home = state.world.homeTenant;
    const visitor = { username: userAt(1, home).userPrincipalName };
    const token = tokensIn(await redeem(await codeFor(visitor, {}, home.tenantId), {}, home.tenantId)).refresh_token!;
    const { api } = state.registrations;
    const other = { client_id: api.clientId, client_secret: api.secrets[0]!.value };
    expect(refusalIn(await refresh(token, other, home.tenantId))).toMatchObject({ code: 70000 });
  });
});
