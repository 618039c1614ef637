import type { RegisteredCertificate } from '../../../local/microsoft/entra/registrations';
import type { BackEnd, CredentialKind, Tenant, TenantCredential } from '../../../shared/model/tenant';
import { plainTenant } from '../../support/plainTenant';
import type { IdentityProcess } from './identityProcess';
import { claimsOf, defenderScope, graphScope, startIdentity } from './identityProcess';

const minute = 60_000;

let identity: IdentityProcess;
let tenants: string[];
beforeAll(async () => {
  identity = await startIdentity({ tenants: 90, incidentsPerTenant: 12 });
  tenants = identity.cloud.world.tenants.map(({ tenantId }) => tenantId);
  const { registrations, certificates, urls } = identity.cloud.state;
  for (const purpose of ['reader', 'defender'] as const) {
    const { clientId } = registrations[purpose];
    const name = purpose === 'reader' ? 'relay-app-cert' : 'relay-defender-cert';
    registrations.addCertificate(clientId, certificates.create(name));
    registrations.trust(clientId, {
      issuer: `${urls.entra}/${identity.cloud.homeTenantId}/v2.0`,
      subject: registrations.managedIdentity.principalId,
      audience: 'api://AzureADTokenExchange',
    });
  }
});
afterAll(() => identity.stop());

/** A customer no other test has used. */
const fresh = (change: Partial<Tenant> = {}): Tenant => plainTenant(tenants.pop()!, change);
const own = (credential: TenantCredential): Partial<Tenant> => ({ credential });
const names: Readonly<Record<CredentialKind, readonly [reader: string, defender: string]>> = {
  secret: ['relay-app-secret', 'relay-defender-secret'],
  certificate: ['relay-app-cert', 'relay-defender-cert'],
  federated: ['', ''],
};

/** The app as its settings make it: this kind of credential, and a registration of its own for the Defender APIs. */
const openAs = (kind: CredentialKind): Promise<undefined> => {
  const [readerName, defenderName] = names[kind];
  const { readerClientId, defenderClientId } = identity.cloud;
  const reader = { clientId: readerClientId, credentialName: readerName };
  const defender = { clientId: defenderClientId, credentialName: defenderName };
  return identity.ask('open', {
    credential: { kind, name: readerName },
    registrations: { reader, writer: reader, defender, api: reader },
  });
};
const asReader = (tenant: Tenant) => ({ tenant, registration: 'reader' as const, scope: graphScope });
const asDefender = (tenant: Tenant) => ({ tenant, registration: 'defender' as const, scope: defenderScope });
const token = async (tenant: Tenant): Promise<string> => (await identity.ask('getToken', asReader(tenant))).token;
/** What was asked of the vault meanwhile. */
const vaultOperations = async (work: () => Promise<unknown>): Promise<Record<string, number>> => {
  const before = identity.cloud.calls().vault;
  await work();
  return Object.fromEntries(
    Object.entries(identity.cloud.calls().vault)
      .map(([operation, count]) => [operation, count - (before[operation] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
};
const vaultAnswers = (status: number, times: number): void =>
  identity.cloud.failNext({
    service: 'vault',
    tenantId: identity.cloud.homeTenantId,
    status,
    times,
    headers: { 'retry-after-ms': '1' },
  });
/** A fault used up or not must not reach into the next test. */
afterEach(() => {
  const { behaviour, world } = identity.cloud.state;
  while (behaviour.takeFault('vault', world.homeTenant.tenantId) !== undefined);
});

describe.each<[CredentialKind, string]>([
  ['secret', '1'],
  ['certificate', '2'],
  ['federated', '2'],
])('the app by %s', (kind, proof) => {
  test.each<[BackEnd, string]>([
    ['graph', 'reader'],
    ['defender', 'defender'],
  ])('reads a tenant through %s as the %s registration', async (backend, purpose) => {
    await openAs(kind);
    const tenant = fresh({ backend });
    expect(await identity.ask('read', { tenant })).toBe(12);
    const asked = backend === 'graph' ? asReader(tenant) : asDefender(tenant);
    const { token: text } = await identity.ask('getToken', asked);
    expect(claimsOf(text)).toMatchObject({
      tid: tenant.tenantId,
      appid: purpose === 'reader' ? identity.cloud.readerClientId : identity.cloud.defenderClientId,
      appidacr: proof,
    });
  });

  test('is fetched once where ten ask at once', async () => {
    await openAs(kind);
    const [alone, crowded] = [fresh(), fresh()];
    const calls = ({ tenantId }: Tenant): number => identity.cloud.calls().tenants[tenantId]?.entra ?? 0;
    await token(alone);
    const all = await Promise.all(Array.from({ length: 10 }, () => token(crowded)));
    expect(new Set(all).size).toBe(1);
    expect(calls(crowded)).toBe(calls(alone));
  });

  test.each<[string, Record<string, unknown>]>([
    ['tid', { tid: '99999999-9999-4999-8999-999999999999' }],
    ['aud', { aud: 'https://management.azure.com' }],
    ['appid', { appid: '99999999-9999-4999-8999-999999999999' }],
  ])('takes no token of another %s', async (claim, overrides) => {
    await openAs(kind);
    const tenant = fresh();
    const access_token = await identity.cloud.issueToken({
      tenantId: tenant.tenantId,
      audience: 'https://graph.microsoft.com',
      overrides: { appid: identity.cloud.readerClientId, ...overrides },
    });
    const body = { token_type: 'Bearer', expires_in: 3_599, ext_expires_in: 3_599, access_token };
    identity.cloud.failNext({ service: 'token', tenantId: tenant.tenantId, status: 200, body });
    expect(await identity.failure('getToken', asReader(tenant))).toMatchObject({ code: 'ERR_AUTH', raw: claim });
    expect(claimsOf(await token(tenant)).tid).toBe(tenant.tenantId);
  });
});

describe('what is asked of the vault', () => {
  test('with certificates is the public half once, the key once and a signature a token, never a secret', async () => {
    const asked = await vaultOperations(async () => {
      await openAs('certificate');
      for (const tenant of [fresh(), fresh(), fresh()]) await token(tenant);
    });
    const ofKey = Object.entries(asked).map(([operation, count]) => [operation.split(' ')[0], count]);
    expect(Object.fromEntries(ofKey)).toEqual({ 'certificates/get': 1, 'keys/get': 1, 'keys/sign': 3 });
  });

  test('with federation is nothing at all', async () => {
    const asked = await vaultOperations(async () => {
      await openAs('federated');
      for (const tenant of [fresh(), fresh({ backend: 'defender' })]) await identity.ask('read', { tenant });
    });
    expect(asked).toEqual({});
  });

  test('with secrets is each registration’s own, once', async () => {
    const asked = await vaultOperations(async () => {
      await openAs('secret');
      for (const backend of ['graph', 'defender', 'graph', 'defender'] as const)
        await identity.ask('read', { tenant: fresh({ backend }) });
    });
    expect(asked).toEqual({ 'secrets/get relay-app-secret': 1, 'secrets/get relay-defender-secret': 1 });
  });
});

describe('a customer who refuses one registration', () => {
  test('still grants the other', async () => {
    await openAs('secret');
    const tenant = fresh();
    identity.cloud.setConsent(tenant.tenantId, identity.cloud.defenderClientId, false);
    expect(await identity.failure('getToken', asDefender(tenant))).toMatchObject({ reason: 'consentMissing' });
    expect(claimsOf(await token(tenant)).appid).toBe(identity.cloud.readerClientId);
  });
});

describe('a certificate', () => {
  const addCertificate = (certificate: RegisteredCertificate): void =>
    identity.cloud.state.registrations.addCertificate(identity.cloud.readerClientId, certificate);
  const removeCertificate = ({ thumbprint }: RegisteredCertificate): void =>
    identity.cloud.state.registrations.removeCertificate(identity.cloud.readerClientId, thumbprint);

  test('that the registration does not know is refused for what it is', async () => {
    await openAs('certificate');
    const known = [...identity.cloud.state.registrations.reader.certificates];
    known.forEach(removeCertificate);
    const tenant = fresh();
    expect(await identity.failure('getToken', asReader(tenant))).toMatchObject({
      code: 'ERR_AUTH',
      reason: 'credentialRejected',
      raw: 'AADSTS700027',
    });
    known.forEach(addCertificate);
    expect(claimsOf(await token(tenant)).tid).toBe(tenant.tenantId);
  });

  test('that was renewed serves once the registration knows it, and no tenant fails meanwhile', async () => {
    await openAs('certificate');
    await token(fresh());
    const [old] = identity.cloud.state.registrations.reader.certificates;
    const renewed = identity.cloud.state.certificates.create('relay-app-cert');
    await identity.advance(61 * minute);
    // The new version is read, refused, and the one before it takes its place.
    for (const tenant of [fresh(), fresh()]) expect(claimsOf(await token(tenant)).tid).toBe(tenant.tenantId);
    addCertificate(renewed);
    removeCertificate(old!);
    await identity.advance(minute);
    const asked = await vaultOperations(async () => {
      for (const tenant of [fresh(), fresh()]) expect(claimsOf(await token(tenant)).tid).toBe(tenant.tenantId);
    });
    expect(asked['certificates/get relay-app-cert']).toBeUndefined();
  });

  test('whose key we may not use is for the operator', async () => {
    await openAs('certificate');
    identity.cloud.state.behaviour.denyVault('keys/sign', true);
    expect(await identity.failure('getToken', asReader(fresh()))).toMatchObject({
      code: 'ERR_AUTH',
      reason: 'vaultDenied',
    });
    identity.cloud.state.behaviour.denyVault('keys/sign', false);
    expect(await token(fresh())).not.toBe('');
  });

  test('needs no right to look at the key', async () => {
    await openAs('certificate');
    identity.cloud.state.behaviour.denyVault('keys/get', true);
    expect(await token(fresh())).not.toBe('');
    identity.cloud.state.behaviour.denyVault('keys/get', false);
  });
});

describe('an identity that the registration does not trust', () => {
  test.each([
    ['subject', 'AADSTS700213', { subject: '99999999-9999-4999-8999-999999999999' }],
    ['audience', 'AADSTS700212', { audience: 'api://SomethingElse' }],
    ['issuer', 'AADSTS700211', { issuer: 'https://login.example/v2.0' }],
  ])('by its %s is refused with %s', async (_, raw, change) => {
    await openAs('federated');
    const { federated } = identity.cloud.state.registrations.reader;
    const [trusted] = federated.splice(0);
    federated.push({ ...trusted!, ...change });
    expect(await identity.failure('getToken', asReader(fresh()))).toMatchObject({
      code: 'ERR_AUTH',
      reason: 'credentialRejected',
      raw,
    });
    federated.splice(0, 1, trusted!);
    expect(await token(fresh())).not.toBe('');
  });
});

describe('a secret', () => {
  test('that is rotated in the vault while the old one is revoked fails no tenant', async () => {
    await openAs('secret');
    await token(fresh());
    const { registrations, secrets } = identity.cloud.state;
    const { clientId } = registrations.reader;
    const old = registrations.reader.secrets[0]!.value;
    secrets.set('relay-app-secret', { value: registrations.addSecret(clientId) });
    await identity.advance(2 * minute);
    registrations.removeSecret(clientId, old);
    const all = Array.from({ length: 6 }, () => fresh());
    const asked = await vaultOperations(async () => {
      const found = await Promise.all(all.map(token));
      expect(found.map((text) => claimsOf(text).tid)).toEqual(all.map(({ tenantId }) => tenantId));
    });
    expect(asked).toEqual({ 'secrets/get relay-app-secret': 1 });
  });

  test('that is missing is told as such, and a hundred tenants do not ask for it a hundred times', async () => {
    const reader = { clientId: identity.cloud.readerClientId, credentialName: 'nowhere' };
    await identity.ask('open', { registrations: { reader, writer: reader, defender: reader, api: reader } });
    const tenant = fresh();
    const asked = await vaultOperations(async () => {
      for (let time = 0; time < 100; time += 1)
        expect(await identity.failure('getToken', asReader(tenant))).toMatchObject({
          code: 'ERR_AUTH',
          reason: 'credentialMissing',
          raw: 'NotFound',
        });
    });
    expect(asked).toEqual({ 'secrets/get nowhere': 1 });
    expect(await identity.ask('troubles', {})).toEqual([
      { name: 'nowhere', detail: 'Key Vault has no secret nowhere' },
    ]);
  });

  test('that was disabled after it was read serves on, and is told', async () => {
    await openAs('secret');
    await token(fresh());
    const version = identity.cloud.state.secrets.find('relay-app-secret')!;
    version.attributes.enabled = false;
    await identity.advance(61 * minute);
    expect(await token(fresh())).not.toBe('');
    expect(await identity.ask('troubles', {})).toMatchObject([{ name: 'relay-app-secret' }]);
    version.attributes.enabled = true;
  });
});

describe.each<CredentialKind>(['secret', 'certificate'])('with the vault away, an app by %s', (kind) => {
  test.each([
    ['down', 503],
    ['throttling', 429],
  ])('goes on for ten minutes with the vault %s, and does not storm it', async (_, status) => {
    await openAs(kind);
    const tenant = fresh();
    await token(tenant);
    await identity.advance(49 * minute);
    vaultAnswers(status, 1_000);
    const before = identity.cloud.calls().services.vault.calls;
    for (let at = 0; at < 10; at += 1) {
      expect(claimsOf(await token(tenant)).tid).toBe(tenant.tenantId);
      for (let again = 0; again < 5; again += 1) await token(tenant);
      if (at < 9) await identity.advance(minute);
    }
    // One try a minute where something is to be read at all; the SDK makes four calls of it.
    expect(identity.cloud.calls().services.vault.calls - before).toBeLessThanOrEqual(10 * 4);
  });
});

test('a token is renewed a quarter of an hour before its end, so that ten minutes without a vault may begin at any time', async () => {
  await openAs('certificate');
  const tenant = fresh();
  const first = await token(tenant);
  await identity.advance(46 * minute);
  expect(await token(tenant)).not.toBe(first);
  await identity.advance(8 * minute);
  vaultAnswers(503, 1_000);
  for (let at = 0; at < 10; at += 1) {
    expect(claimsOf(await token(tenant)).tid).toBe(tenant.tenantId);
    await identity.advance(minute);
  }
});

describe('a tenant with an application of its own', () => {
  const tenantOwn = () => identity.cloud.state.registrations.tenantOwn;

  test('by secret is read as that application, with its own secret', async () => {
    await openAs('federated');
    const { clientId, secrets } = tenantOwn();
    const tenant = fresh(own({ kind: 'secret', clientId }));
    await identity.ask('setSecret', { name: `tenant-${tenant.tenantId}-secret`, value: secrets[0]!.value });
    const asked = await vaultOperations(() => identity.ask('read', { tenant }));
    expect(asked).toEqual({ [`secrets/get tenant-${tenant.tenantId}-secret`]: 1 });
    expect(claimsOf(await token(tenant))).toMatchObject({ appid: clientId, appidacr: '1', tid: tenant.tenantId });
  });

  test('by certificate signs with its own key', async () => {
    await openAs('secret');
    const { clientId } = tenantOwn();
    const tenant = fresh({ ...own({ kind: 'certificate', clientId }), backend: 'defender' });
    const { certificates, registrations } = identity.cloud.state;
    registrations.addCertificate(clientId, certificates.create(`tenant-${tenant.tenantId}-cert`));
    const asked = await vaultOperations(() => identity.ask('read', { tenant }));
    expect(Object.keys(asked).filter((operation) => operation.startsWith('secrets/'))).toEqual([]);
    expect(claimsOf((await identity.ask('getToken', asDefender(tenant))).token)).toMatchObject({ appid: clientId });
  });

  test('takes a new secret at once where it was put through us, and no other tenant’s', async () => {
    await openAs('secret');
    const { clientId, secrets } = tenantOwn();
    const tenant = fresh(own({ kind: 'secret', clientId }));
    const name = `tenant-${tenant.tenantId}-secret`;
    await identity.ask('setSecret', { name, value: 'not the right one' });
    expect(await identity.failure('getToken', asReader(tenant))).toMatchObject({ raw: 'AADSTS7000215' });
    await identity.ask('setSecret', { name, value: secrets[0]!.value });
    await identity.ask('forgetTenant', { tenantId: tenant.tenantId });
    expect(claimsOf(await token(tenant)).appid).toBe(clientId);
    const other = fresh(own({ kind: 'secret', clientId }));
    expect(await identity.failure('getToken', asReader(other))).toMatchObject({ reason: 'credentialMissing' });
  });
});

test('nothing that failed said a secret', async () => {
  await openAs('secret');
  const tenant = fresh();
  const { registrations } = identity.cloud.state;
  const texts = registrations.reader.secrets.map(({ value }) => value);
  identity.cloud.setConsent(tenant.tenantId, identity.cloud.readerClientId, false);
  const told = [
    await identity.failure('getToken', asReader(tenant)),
    await identity.failure('getSecret', { name: 'nowhere' }),
  ];
  for (const secret of texts) expect(JSON.stringify(told)).not.toContain(secret);
});
