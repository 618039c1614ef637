import { constants, createHash, verify } from 'node:crypto';
import type { IdentityProcess } from './identityProcess';
import { startIdentity } from './identityProcess';

let identity: IdentityProcess;
beforeAll(async () => {
  identity = await startIdentity({ tenants: 1 });
});
afterAll(() => identity.stop());

/** A fault used up or not must not reach into the next test. */
afterEach(() => {
  const { behaviour, world } = identity.cloud.state;
  while (behaviour.takeFault('vault', world.homeTenant.tenantId) !== undefined);
});

const failNext = (status: number, times: number): void =>
  identity.cloud.failNext({
    service: 'vault',
    tenantId: identity.cloud.homeTenantId,
    status,
    times,
    headers: { 'retry-after-ms': '1' },
  });

test('a secret is read with the managed identity, in its newest version', async () => {
  const { secrets, registrations } = identity.cloud.state;
  expect(await identity.ask('getSecret', { name: 'relay-app-secret' })).toBe(registrations.reader.secrets[0]!.value);
  secrets.set('conn-1', { value: 'old' });
  secrets.set('conn-1', { value: 'new "value"' });
  expect(await identity.ask('getSecret', { name: 'conn-1' })).toBe('new "value"');
});

test('a secret that is missing, disabled or empty is for the operator', async () => {
  const { secrets } = identity.cloud.state;
  secrets.set('disabled', { value: 'x', attributes: { enabled: false } });
  secrets.set('empty', { value: '' });
  expect(await identity.failure('getSecret', { name: 'nowhere' })).toMatchObject({
    name: 'AuthError',
    raw: 'NotFound',
    reason: 'credentialMissing',
  });
  expect(await identity.failure('getSecret', { name: 'disabled' })).toMatchObject({
    name: 'AuthError',
    raw: 'Disabled',
    reason: 'credentialMissing',
  });
  expect(await identity.failure('getSecret', { name: 'empty' })).toMatchObject({ name: 'AuthError', raw: 'empty' });
});

test('a vault that denies is for the operator and is not tried again', async () => {
  failNext(403, 1);
  expect(await identity.failure('getSecret', { name: 'relay-app-secret' })).toMatchObject({
    name: 'AuthError',
    code: 'ERR_AUTH',
    reason: 'vaultDenied',
    retryable: false,
  });
});

test('a vault that is away for a moment is tried again', async () => {
  failNext(503, 2);
  expect(await identity.ask('getSecret', { name: 'relay-app-secret' })).toMatch(/^.{40}$/);
});

test('a vault that stays away is passing', async () => {
  failNext(503, 10);
  expect(await identity.failure('getSecret', { name: 'relay-app-secret' })).toMatchObject({
    name: 'UpstreamError',
    retryable: true,
  });
});

test('a secret that was set is read, deleted once, and set again although its name is still taken', async () => {
  const name = 'tenant-1-secret';
  await identity.ask('setSecret', { name, value: 'first' });
  expect(await identity.ask('getSecret', { name })).toBe('first');
  expect(await identity.ask('deleteSecret', { name })).toBe(true);
  expect(await identity.ask('deleteSecret', { name })).toBe(false);
  expect(await identity.failure('getSecret', { name })).toMatchObject({ reason: 'credentialMissing' });
  await identity.ask('setSecret', { name, value: 'second' });
  expect(await identity.ask('getSecret', { name })).toBe('second');
});

test('a right that is missing is told, and what was there stays', async () => {
  const name = 'tenant-2-secret';
  await identity.ask('setSecret', { name, value: 'kept' });
  for (const operation of ['secrets/set', 'secrets/delete']) identity.cloud.state.behaviour.denyVault(operation, true);
  for (const refused of [
    await identity.failure('setSecret', { name, value: 'other' }),
    await identity.failure('deleteSecret', { name }),
  ])
    expect(refused).toMatchObject({ code: 'ERR_AUTH', reason: 'vaultDenied' });
  for (const operation of ['secrets/set', 'secrets/delete']) identity.cloud.state.behaviour.denyVault(operation, false);
  expect(await identity.ask('getSecret', { name })).toBe('kept');
});

test('a signature is made in the vault, over the digest given', async () => {
  const made = identity.cloud.state.certificates.create('relay-app-cert');
  const { keyId, thumbprint } = await identity.ask('getCertificate', { name: 'relay-app-cert' });
  expect(thumbprint).toBe(made.thumbprint);
  const digest = createHash('sha256').update('what is signed').digest('base64url');
  const signature = await identity.ask('sign', { keyId, digest });
  const key = { key: made.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  expect(verify('sha256', Buffer.from('what is signed'), key, Buffer.from(signature, 'base64url'))).toBe(true);
});
