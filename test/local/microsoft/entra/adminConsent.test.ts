import type { Answer } from '../../../../local/microsoft/answer';
import { answerEntra } from '../../../../local/microsoft/entra/answer';
import type { CloudState } from '../../../../local/microsoft/state';
import { decodeJwt } from 'jose';
import type { Visitor } from '../../../support/entraBrowser';
import { createTestClock, createTestCloud, firstTenant } from '../testCloud';
import type { Form } from './entraCalls';
import { encoded, personAt, postForm, refusalIn, tokensIn } from './entraCalls';

let state: CloudState;
let clock: ReturnType<typeof createTestClock>;
beforeEach(async () => {
  clock = createTestClock();
  state = await createTestCloud({ clock });
  const { reader, defender, writer } = state.registrations;
  for (const { clientId } of [reader, defender, writer]) state.registrations.addRedirectUri(clientId, callback);
  state.behaviour.setCondition(customer().tenantId, 'notConsented');
});

const callback = 'https://relay.example/api/consent/callback';
const graph = 'https://graph.microsoft.com';
const customer = () => firstTenant(state);
const administrator = (): Visitor => ({ username: state.users.of(customer())[0]!.userPrincipalName });

const visit = (visitor: Visitor, change: Form = {}, path = `${customer().tenantId}/v2.0/adminconsent`) =>
  personAt(state).visit(
    `${state.urls.entra}/${path}?${encoded({
      client_id: state.registrations.reader.clientId,
      scope: `${graph}/.default`,
      redirect_uri: callback,
      state: 'the state',
      ...change,
    })}`,
    visitor,
  );
const appToken = (purpose: 'reader' | 'defender' = 'reader', resource = graph): Promise<Answer> =>
  postForm(state, `/${customer().tenantId}/oauth2/v2.0/token`, {
    grant_type: 'client_credentials',
    client_id: state.registrations[purpose].clientId,
    client_secret: state.registrations[purpose].secrets[0]!.value,
    scope: `${resource}/.default`,
  });
const rolesIn = async (answer: Promise<Answer>): Promise<unknown> =>
  decodeJwt(tokensIn(await answer).access_token).roles;
const membersOf = (url: URL | undefined): Record<string, string> => Object.fromEntries(url?.searchParams ?? []);

test('an administrator accepts: the callback says so, and the application has what it asked for', async () => {
  expect(refusalIn(await appToken())).toMatchObject({ code: 700016 });
  const { location, titles } = await visit(administrator());
  expect(titles).toEqual(['Pick an account', 'Permissions requested: review for your organization']);
  expect(`${location!.origin}${location!.pathname}`).toBe(callback);
  expect(membersOf(location)).toEqual({
    admin_consent: 'True',
    tenant: customer().tenantId,
    scope: `${graph}/SecurityIncident.Read.All ${graph}/SecurityAlert.Read.All ${graph}/ThreatHunting.Read.All`,
    state: 'the state',
  });
  expect(await rolesIn(appToken())).toEqual([
    'SecurityIncident.Read.All',
    'SecurityAlert.Read.All',
    'ThreatHunting.Read.All',
  ]);
});

test('what the registration does not list is not granted, and no other application is', async () => {
  await visit(administrator());
  expect(await rolesIn(appToken('reader', 'https://api.security.microsoft.com'))).toBeUndefined();
  expect(refusalIn(await appToken('defender'))).toMatchObject({ code: 700016 });
});

test('/.default of one resource asks for everything on the registration', async () => {
  const { location } = await visit(administrator(), { client_id: state.registrations.defender.clientId });
  expect(membersOf(location).scope).toContain('https://api.securitycenter.microsoft.com/Machine.Read.All');
  expect(await rolesIn(appToken('defender', 'https://api.security.microsoft.com'))).toEqual([
    'Incident.Read.All',
    'AdvancedHunting.Read.All',
  ]);
});

test('the page names the application, the tenant and each permission, and sends nothing anywhere but here', async () => {
  const { location } = await visit({ username: '' });
  expect(location).toBeUndefined();
  const url = `/${customer().tenantId}/v2.0/adminconsent?${encoded({
    client_id: state.registrations.reader.clientId,
    scope: `${graph}/.default`,
    redirect_uri: callback,
  })}`;
  const first = await answerEntra(state, { method: 'GET', url, headers: {} });
  expect(first.headers['content-security-policy']).toMatch(/^default-src 'none'/);
  expect(first.body).not.toMatch(/<script|https?:\/\/(?!relay\.example)/);
  const context = /name="context" value="([^"]+)"/.exec(first.body)?.[1];
  const page = await postForm(state, '/common/interaction', {
    context,
    step: 'account',
    username: administrator().username,
  });
  for (const text of ['XDR relay reader', state.registrations.reader.clientId, 'Contoso', customer().tenantId])
    expect(page.body).toContain(text);
  for (const text of ['SecurityIncident.Read.All', 'SecurityAlert.Read.All', 'ThreatHunting.Read.All'])
    expect(page.body).toContain(text);
});

test('cancelled: version 2 says admin_consent=True all the same, version 1 has a word of its own', async () => {
  const second = await visit({ ...administrator(), consent: 'cancel' });
  expect(membersOf(second.location)).toMatchObject({
    admin_consent: 'True',
    error: 'consent_required',
    error_description: expect.stringMatching(/^AADSTS65004: /) as string,
    state: 'the state',
  });
  expect(membersOf(second.location)).not.toHaveProperty('tenant');
  const first = await visit(
    { ...administrator(), consent: 'cancel' },
    { scope: undefined },
    `${customer().tenantId}/adminconsent`,
  );
  expect(membersOf(first.location)).toEqual({
    error: 'permission_denied',
    error_description: 'The admin canceled the request',
    state: 'the state',
  });
  expect(refusalIn(await appToken())).toMatchObject({ code: 700016 });
});

test('version 1 needs no scope and names none', async () => {
  const { location } = await visit(administrator(), { scope: undefined }, 'common/adminconsent');
  expect(membersOf(location)).toEqual({ admin_consent: 'True', tenant: customer().tenantId, state: 'the state' });
  expect((await appToken()).status).toBe(200);
});

test('organizations is for the tenant of whoever signs in', async () => {
  const { location } = await visit(administrator(), {}, 'organizations/v2.0/adminconsent');
  expect(membersOf(location).tenant).toBe(customer().tenantId);
});

test('common is not for version 2', async () => {
  const { location, text } = await visit(administrator(), {}, 'common/v2.0/adminconsent');
  expect(location).toBeUndefined();
  expect(text).toContain('AADSTS90002');
});

test.each([
  ['no administrator', () => state.users.of(customer())[1]!],
  ['the provider’s administrator', () => state.users.of(state.world.homeTenant)[0]!],
])('%s can accept nothing', async (_, user) => {
  const { location, titles } = await visit({ username: user().userPrincipalName });
  expect(titles.at(-1)).toBe('Need admin approval');
  expect(membersOf(location)).toMatchObject({ admin_consent: 'True', error: 'access_denied' });
  expect(refusalIn(await appToken())).toMatchObject({ code: 700016 });
});

test('a tenant without Defender refuses a registration that names it, and takes one that does not', async () => {
  state.behaviour.setCondition(customer().tenantId, 'noDefender');
  const { reader, defender } = state.registrations;
  for (const each of [reader, defender]) state.consents.set(customer(), each, false);
  const { location } = await visit(administrator(), { client_id: defender.clientId });
  expect(membersOf(location)).toMatchObject({
    error: 'invalid_client',
    error_description: expect.stringMatching(/^AADSTS650052: /) as string,
  });
  expect(refusalIn(await appToken('defender'))).toMatchObject({ code: 700016 });
  await visit(administrator());
  expect((await appToken()).status).toBe(200);
  expect(refusalIn(await appToken('reader', 'https://api.security.microsoft.com'))).toMatchObject({ code: 500011 });
});

test.each<[string, Form, string]>([
  ['a redirect that is not registered', { redirect_uri: 'https://relay.example/api/consent/callback/' }, '50011'],
  ['an unknown application', { client_id: '22222222-2222-4222-8222-222222222222' }, '700016'],
])('%s stays on the page', async (_, change, code) => {
  const { location, text } = await visit(administrator(), change);
  expect(location).toBeUndefined();
  expect(text).toContain(`AADSTS${code}`);
});

test('an unknown tenant stays on the page, and a missing scope is told to the application', async () => {
  expect((await visit(administrator(), {}, 'nobody.example/v2.0/adminconsent')).text).toContain('AADSTS90002');
  expect(membersOf((await visit(administrator(), { scope: undefined })).location)).toMatchObject({
    error: 'invalid_request',
  });
});

test('consent holds only after the delay that is set', async () => {
  state.behaviour.change({ consentDelayMs: 30_000 });
  await visit(administrator());
  expect(refusalIn(await appToken())).toMatchObject({ code: 700016 });
  clock.advance(30);
  expect((await appToken()).status).toBe(200);
});

test('a second factor is shown first where it is demanded, whatever form is sent', async () => {
  state.users.setMfa(customer().tenantId, 'demanded');
  const { titles } = await visit({ ...administrator(), secondFactor: 'cancel' });
  expect(titles).toEqual(['Pick an account', 'Approve sign-in request']);
  const answer = { status: 200, headers: {}, body: '' };
  const { reader } = state.registrations;
  const { context } = state.interactions.begin({
    ...{ client: reader, tenant: customer(), loginHint: undefined, stepUp: false, notice: undefined },
    purpose: { kind: 'adminConsent', access: reader.asks },
    succeed: () => answer,
    fail: () => answer,
  });
  await postForm(state, '/common/interaction', { context, step: 'account', username: administrator().username });
  const page = await postForm(state, '/common/interaction', { context, step: 'consent', answer: 'accept' });
  expect(page.body).toContain('Approve sign-in request');
  expect(refusalIn(await appToken())).toMatchObject({ code: 700016 });
});
