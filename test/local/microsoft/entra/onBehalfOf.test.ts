import { decodeJwt } from 'jose';
import type { Answer } from '../../../../local/microsoft/answer';
import { issueToken } from '../../../../local/microsoft/entra/claims';
import type { UserTokenRequest } from '../../../../local/microsoft/entra/userToken';
import { issueUserToken } from '../../../../local/microsoft/entra/userToken';
import type { CloudState } from '../../../../local/microsoft/state';
import { createTestClock, createTestCloud, firstTenant } from '../testCloud';
import type { Form } from './entraCalls';
import { postForm, refusalIn, tokensIn } from './entraCalls';

let state: CloudState;
let clock: ReturnType<typeof createTestClock>;
beforeEach(async () => {
  clock = createTestClock();
  state = await createTestCloud({ clock });
});

const home = () => state.world.homeTenant;
const analyst = () => state.users.of(home())[1]!;
const callersToken = (change: Partial<UserTokenRequest> = {}): Promise<string> =>
  issueUserToken(state, { userPrincipalName: analyst().userPrincipalName, ...change });
const exchange = (assertion: string, change: Form = {}, tenant = home().tenantId): Promise<Answer> => {
  const { api } = state.registrations;
  return postForm(state, `/${tenant}/oauth2/v2.0/token`, {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    client_id: api.clientId,
    client_secret: api.secrets[0]!.value,
    requested_token_use: 'on_behalf_of',
    scope: 'https://graph.microsoft.com/.default',
    assertion,
    ...change,
  });
};

test.each([
  ['https://graph.microsoft.com/.default', 'https://graph.microsoft.com', 'SecurityIncident.ReadWrite.All'],
  ['https://api.security.microsoft.com/Incident.Read', 'https://api.security.microsoft.com', 'AdvancedHunting.Read'],
  ['https://api.securitycenter.microsoft.com/.default', 'https://api.securitycenter.microsoft.com', 'Machine.Read'],
])('%s is had in the name of the caller', async (scope, aud, permission) => {
  const claims = decodeJwt(tokensIn(await exchange(await callersToken(), { scope })).access_token);
  expect(claims).toMatchObject({ aud, oid: analyst().objectId, tid: home().tenantId, appidacr: '1' });
  expect(String(claims.scp).split(' ')).toContain(permission);
  expect(claims).not.toHaveProperty('roles');
});

test.each<[string, () => Promise<string>, number]>([
  ['an application', () => issueToken(state, { tenantId: home().tenantId, roles: ['Relay.Admin'] }), 7000114],
  ['a user of Graph', () => callersToken({ audience: 'https://graph.microsoft.com' }), 500131],
  ['a user whose time is over', () => callersToken({ expiresInSeconds: -1 }), 500133],
  ['nobody', () => Promise.resolve('a.b.c'), 50013],
  ['someone else’s signing', async () => `${(await callersToken()).slice(0, -6)}AAAAAA`, 50013],
  ['a user who is not there', () => issueToken(state, { tenantId: home().tenantId, scp: 'access_as_user' }), 50034],
])('a token of %s is refused', async (_, make, code) => {
  expect(refusalIn(await exchange(await make()))).toEqual({ status: 400, error: 'invalid_grant', code });
});

test('a user of another tenant is refused, and so is the API there', async () => {
  const stranger = state.users.of(firstTenant(state))[1]!;
  const assertion = await issueToken(state, {
    tenantId: firstTenant(state).tenantId,
    scp: 'access_as_user',
    oid: stranger.objectId,
  });
  expect(refusalIn(await exchange(assertion))).toMatchObject({ code: 50020 });
  expect(refusalIn(await exchange(assertion, {}, firstTenant(state).tenantId))).toMatchObject({ code: 700016 });
  expect(refusalIn(await exchange(assertion, {}, 'organizations'))).toMatchObject({ code: 50059 });
});

test('what the API was not consented to asks for consent', async () => {
  const assertion = await callersToken();
  const scope = 'https://api.securitycenter.microsoft.com/Machine.Isolate';
  const answer = await exchange(assertion, { scope });
  expect(refusalIn(answer)).toEqual({ status: 400, error: 'invalid_grant', code: 65001 });
  expect(JSON.parse(answer.body)).toMatchObject({ suberror: 'consent_required' });
  state.consents.grant(home(), state.registrations.api, []);
  expect(refusalIn(await exchange(assertion))).toMatchObject({ code: 65001 });
});

test('Conditional Access answers with claims, and a caller who signed in with a second factor passes', async () => {
  analyst().mfa = 'demanded';
  const answer = await exchange(await callersToken());
  expect(refusalIn(answer)).toEqual({ status: 400, error: 'interaction_required', code: 50076 });
  const { claims } = JSON.parse(answer.body) as { claims: string };
  expect(JSON.parse(claims)).toHaveProperty('access_token.capolids.values');
  expect((await exchange(await callersToken({ mfa: true }))).status).toBe(200);
});

test('a caller blocked meanwhile is refused', async () => {
  const assertion = await callersToken();
  analyst().blocked = true;
  expect(refusalIn(await exchange(assertion))).toMatchObject({ error: 'invalid_grant', code: 50057 });
});

test('a wrong secret, or another use, is refused', async () => {
  const assertion = await callersToken();
  expect(refusalIn(await exchange(assertion, { client_secret: 'wrong' }))).toMatchObject({ code: 7000215 });
  expect(refusalIn(await exchange(assertion, { requested_token_use: 'other' }))).toMatchObject({ code: 90014 });
});

describe('the token of our own API', () => {
  test('carries the roles and groups of its user', async () => {
    const [administrator, , , , nobody] = state.users.of(home());
    expect(decodeJwt(await callersToken())).toMatchObject({
      aud: state.registrations.api.clientId,
      iss: `${state.urls.entra}/${home().tenantId}/v2.0`,
      scp: 'access_as_user',
      roles: ['Relay.Analyst'],
      groups: analyst().groups,
      preferred_username: analyst().userPrincipalName,
      azp: state.registrations.cli.clientId,
      azpacr: '0',
    });
    const { userPrincipalName } = administrator!;
    expect(decodeJwt(await callersToken({ userPrincipalName })).roles).toEqual(['Relay.Admin']);
    const roleless = await callersToken({ userPrincipalName: nobody!.userPrincipalName });
    expect(decodeJwt(roleless)).not.toHaveProperty('roles');
  });

  test('points elsewhere for more than 200 groups', async () => {
    analyst().groups = Array.from({ length: 200 }, (_, index) => `group ${index}`);
    expect(decodeJwt(await callersToken()).groups).toHaveLength(200);
    analyst().groups = Array.from({ length: 201 }, (_, index) => `group ${index}`);
    const claims = decodeJwt(await callersToken());
    expect(claims).not.toHaveProperty('groups');
    expect(claims).toMatchObject({ _claim_names: { groups: 'src1' } });
    expect(claims).toHaveProperty('_claim_sources.src1.endpoint');
  });
});
