import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { Agent, request } from 'undici';
import type { Cloud } from '../../../../local/microsoft';
import { startCloud } from '../../../../local/microsoft';
import type { EntraBrowser, Visitor } from '../../../support/entraBrowser';
import { openEntraBrowser } from '../../../support/entraBrowser';

interface TokenResult {
  readonly accessToken: string;
  readonly scopes: readonly string[];
  readonly account: { readonly username: string; readonly homeAccountId: string; readonly tenantId: string };
  readonly idTokenClaims: Readonly<Record<string, unknown>>;
  readonly fromCache: boolean;
}

interface Failure {
  readonly name: string;
  readonly errorCode?: string;
  readonly message: string;
  readonly subError?: string;
  readonly claims?: string;
}

/** What the library asks of a person, or its answer. */
interface Message {
  readonly ready?: boolean;
  readonly id?: number;
  readonly value?: TokenResult;
  readonly error?: Failure;
  readonly person?: Visitor;
  readonly url?: string;
  readonly userCode?: string;
  readonly verificationUri?: string;
  readonly message?: string;
}

let cloud: Cloud;
let folder: string;
let child: ChildProcess;
let browser: EntraBrowser;
const asked: Message[] = [];
const waiting = new Map<number, (message: Message) => void>();

beforeAll(async () => {
  cloud = await startCloud({ seed: 21, tenants: 3, incidentsPerTenant: 5 });
  cloud.change({ deviceCodeIntervalSeconds: 1 });
  folder = mkdtempSync(join(tmpdir(), 'msal-'));
  writeFileSync(join(folder, 'ca.pem'), cloud.caPem);
  browser = openEntraBrowser(cloud.caPem);
  const { entraUrl, cliClientId } = cloud;
  child = fork(join(__dirname, 'msalChild.mjs'), {
    execArgv: [],
    env: {
      PATH: process.env.PATH ?? '',
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      CLOUD: JSON.stringify({ entraUrl, cliClientId }),
    },
  });
  const ready = once(child, 'message');
  child.on('message', (message: Message) => {
    if (message.person !== undefined) void attend(message, message.person);
    else if (message.id !== undefined) waiting.get(message.id)?.(message);
  });
  await ready;
});
afterAll(async () => {
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
  await browser.close();
  await cloud.stop();
  rmSync(folder, { recursive: true });
});

/** The person at the browser. */
async function attend(message: Message, person: Visitor): Promise<void> {
  asked.push(message);
  if (message.url === undefined) {
    await browser.enterCode(message.verificationUri!, message.userCode!, person);
    return;
  }
  const { location } = await browser.visit(message.url, person);
  child.send({ location: location!.href });
}

function send(name: string, input: Record<string, unknown>): Promise<Message> {
  const id = waiting.size;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    child.send({ id, name, input });
  });
}
async function ask(name: string, input: Record<string, unknown>): Promise<TokenResult> {
  const { value, error } = await send(name, input);
  if (value === undefined) throw new Error(`${name}: ${JSON.stringify(error)}`);
  return value;
}
async function failure(name: string, input: Record<string, unknown>): Promise<Failure> {
  const { error } = await send(name, input);
  if (error === undefined) throw new Error(`${name} did not fail`);
  return error;
}

const graphScope = 'https://graph.microsoft.com/SecurityIncident.Read.All';
const mtpScope = 'https://api.security.microsoft.com/Incident.Read';
const tenantAt = (index: number) => cloud.world.tenants[index]!;
const userAt = (tenantId: string, index: number) => cloud.usersOf(tenantId)[index]!;
const reads = async (url: string, token: string): Promise<number> => {
  const dispatcher = new Agent({ connect: { ca: cloud.caPem } });
  const { statusCode, body } = await request(url, { dispatcher, headers: { authorization: `Bearer ${token}` } });
  await body.dump();
  await dispatcher.destroy();
  return statusCode;
};

test('device code: the user signs in elsewhere, and the token speaks in the user’s name', async () => {
  const { tenantId } = tenantAt(0);
  const analyst = userAt(tenantId, 1);
  const person = { username: analyst.userPrincipalName };
  const result = await ask('deviceCode', { tenant: tenantId, scopes: [graphScope], person });
  expect(asked.at(-1)?.message).toContain(asked.at(-1)?.userCode);
  expect(result.account).toMatchObject({
    username: analyst.userPrincipalName,
    homeAccountId: `${analyst.objectId}.${tenantId}`,
    tenantId,
  });
  expect(decodeJwt(result.accessToken)).toMatchObject({
    aud: 'https://graph.microsoft.com',
    iss: `https://sts.windows.net/${tenantId}/`,
    tid: tenantId,
    oid: analyst.objectId,
    upn: analyst.userPrincipalName,
    appid: cloud.cliClientId,
    appidacr: '0',
    scp: 'User.Read SecurityIncident.Read.All SecurityAlert.Read.All ThreatHunting.Read.All',
  });
  expect(decodeJwt(result.accessToken)).not.toHaveProperty('roles');
  expect(await reads(`${cloud.graphUrl}/v1.0/security/incidents`, result.accessToken)).toBe(200);
  const { grants, credentials } = cloud.calls().tokens[cloud.cliClientId]!;
  expect(grants['urn:ietf:params:oauth:grant-type:device_code']).toBeGreaterThanOrEqual(1);
  expect(Object.keys(credentials)).toEqual(['none']);
});

test('a device code that is declined ends the waiting', async () => {
  const { tenantId } = tenantAt(2);
  cloud.setConsent(tenantId, cloud.cliClientId, false);
  const person: Visitor = { username: userAt(tenantId, 0).userPrincipalName, consent: 'cancel' };
  const refused = await failure('deviceCode', { tenant: tenantId, scopes: [graphScope], person });
  expect(refused.message).toContain('authorization_declined');
  cloud.setConsent(tenantId, cloud.cliClientId, true);
});

test('authorization code with PKCE on a loopback redirect, for whichever tenant the user is of', async () => {
  const { tenantId } = tenantAt(1);
  const { userPrincipalName, objectId } = userAt(tenantId, 2);
  const result = await ask('browser', {
    tenant: 'organizations',
    scopes: [mtpScope],
    person: { username: userPrincipalName },
    loginHint: userPrincipalName,
  });
  expect(new URL(asked.at(-1)!.url!).searchParams.get('code_challenge_method')).toBe('S256');
  expect(decodeJwt(result.accessToken)).toMatchObject({
    aud: 'https://api.security.microsoft.com',
    tid: tenantId,
    oid: objectId,
    scp: 'Incident.Read AdvancedHunting.Read',
  });
  expect(result.idTokenClaims).toMatchObject({ aud: cloud.cliClientId, tid: tenantId, oid: objectId });
  expect(await reads(`${cloud.defenderUrl}/api/incidents?$top=1`, result.accessToken)).toBe(200);
});

test('silently: from the cache, renewed, for another resource, and for a customer who lets the partner in', async () => {
  const { userPrincipalName } = userAt(cloud.homeTenantId, 1);
  const username = userPrincipalName;
  const tenant = cloud.homeTenantId;
  const first = await ask('deviceCode', { tenant, scopes: [graphScope], person: { username } });
  const again = await ask('silent', { tenant, scopes: [graphScope], username });
  expect(again).toMatchObject({ fromCache: true, accessToken: first.accessToken });
  const renewed = await ask('silent', { tenant, scopes: [graphScope], username, forceRefresh: true });
  expect(renewed.accessToken).not.toBe(first.accessToken);
  const machines = await ask('silent', {
    tenant,
    scopes: ['https://api.securitycenter.microsoft.com/Machine.Read'],
    username,
  });
  expect(decodeJwt(machines.accessToken)).toMatchObject({ aud: 'https://api.securitycenter.microsoft.com' });
  const ours = await ask('silent', { tenant, scopes: [`api://${cloud.apiClientId}/access_as_user`], username });
  expect(decodeJwt(ours.accessToken)).toMatchObject({
    aud: cloud.apiClientId,
    ver: '2.0',
    scp: 'access_as_user',
    roles: ['Relay.Analyst'],
  });
  const customer = tenantAt(0).tenantId;
  // From its cache the library gives a token of the account's own tenant, whatever authority is asked.
  const asPartner = { tenant, scopes: [graphScope], username, authority: customer, forceRefresh: true };
  const partner = await ask('silent', asPartner);
  expect(decodeJwt(partner.accessToken)).toMatchObject({ tid: customer, upn: userPrincipalName });
  expect(await reads(`${cloud.graphUrl}/v1.0/security/incidents`, partner.accessToken)).toBe(200);
  cloud.changePartnership(customer, { status: 'terminated' });
  expect((await failure('silent', asPartner)).message).toContain('AADSTS50020');
  cloud.changePartnership(customer, { status: 'active' });
});

describe('on behalf of', () => {
  const scopes = 'https://graph.microsoft.com/.default';
  const input = async (change: Record<string, unknown> = {}): Promise<Record<string, unknown>> => ({
    tenantId: cloud.homeTenantId,
    clientId: cloud.apiClientId,
    clientSecret: cloud.state.registrations.api.secrets[0]!.value,
    userAssertionToken: await cloud.issueUserToken({
      userPrincipalName: userAt(cloud.homeTenantId, 1).userPrincipalName,
    }),
    scopes,
    ...change,
  });

  test('the API calls another one in the name of its caller', async () => {
    const { accessToken } = await ask('onBehalfOf', await input());
    const { objectId } = userAt(cloud.homeTenantId, 1);
    expect(decodeJwt(accessToken)).toMatchObject({
      aud: 'https://graph.microsoft.com',
      oid: objectId,
      appid: cloud.apiClientId,
      appidacr: '1',
      scp: 'User.Read SecurityIncident.Read.All SecurityAlert.Read.All ThreatHunting.Read.All SecurityIncident.ReadWrite.All',
    });
  });

  test('Conditional Access hands out claims, which a sign-in with a second factor answers', async () => {
    const { userPrincipalName } = userAt(cloud.homeTenantId, 2);
    cloud.changeUser(cloud.homeTenantId, userPrincipalName, { mfa: 'demanded' });
    const userAssertionToken = await cloud.issueUserToken({ userPrincipalName });
    const refused = await failure('onBehalfOf', await input({ userAssertionToken }));
    expect(refused.message).toContain('AADSTS50076');
    const stronger = await cloud.issueUserToken({ userPrincipalName, mfa: true });
    expect((await ask('onBehalfOf', await input({ userAssertionToken: stronger }))).accessToken).toMatch(/^ey/);
    cloud.changeUser(cloud.homeTenantId, userPrincipalName, { mfa: 'off' });
  });

  test('without consent to the API there is no token', async () => {
    cloud.setConsent(cloud.homeTenantId, cloud.apiClientId, false);
    expect((await failure('onBehalfOf', await input())).message).toContain('AADSTS700016');
    cloud.setConsent(cloud.homeTenantId, cloud.apiClientId, true);
  });
});
