import type { IdentityProcess } from './identityProcess';
import { startIdentity } from './identityProcess';

let identity: IdentityProcess;
beforeAll(async () => {
  identity = await startIdentity({ tenants: 1 });
});
afterAll(() => identity.stop());

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
    raw: 'SecretNotFound',
  });
  expect(await identity.failure('getSecret', { name: 'disabled' })).toMatchObject({
    name: 'AuthError',
    raw: 'Key Vault 403',
  });
  expect(await identity.failure('getSecret', { name: 'empty' })).toMatchObject({ name: 'AuthError', raw: 'empty' });
});

test('a vault that denies is for the operator and is not tried again', async () => {
  failNext(403, 1);
  expect(await identity.failure('getSecret', { name: 'relay-app-secret' })).toMatchObject({
    name: 'AuthError',
    code: 'ERR_AUTH',
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
