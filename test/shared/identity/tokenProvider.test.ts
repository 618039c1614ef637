import type { IdentityProcess } from './identityProcess';
import { claimsOf, graphScope, startIdentity } from './identityProcess';

let identity: IdentityProcess;
let tenants: string[];
beforeAll(async () => {
  identity = await startIdentity({ tenants: 90 });
  tenants = identity.cloud.world.tenants.map(({ tenantId }) => tenantId);
});
afterAll(() => identity.stop());

/** A customer no other test has used. */
const freshTenant = (): string => tenants.pop()!;
const asked = (tenantId: string) => ({
  tenant: { tenantId, cloud: 'public' as const },
  registration: 'reader' as const,
  scope: graphScope,
});
const token = (tenantId: string) => identity.ask('getToken', asked(tenantId));
const failure = (tenantId: string) => identity.failure('getToken', asked(tenantId));
const entraCalls = (tenantId: string): number => identity.cloud.calls().tenants[tenantId]?.entra ?? 0;
const vaultCalls = (): number => identity.cloud.calls().services.vault.calls;

describe('a token', () => {
  test('is the tenant’s own, for Graph and for our registration', async () => {
    const tenantId = freshTenant();
    const { token: text, expiresAtMs, tenantId: of } = await token(tenantId);
    expect(of).toBe(tenantId);
    expect(claimsOf(text)).toMatchObject({
      tid: tenantId,
      aud: 'https://graph.microsoft.com',
      appid: identity.cloud.readerClientId,
      roles: expect.arrayContaining(['SecurityIncident.Read.All']) as string[],
    });
    expect(expiresAtMs - Date.now()).toBeGreaterThan(3_500_000);
  });

  test('is fetched once and then answered from memory', async () => {
    const tenantId = freshTenant();
    const first = await token(tenantId);
    const [calls, vault] = [entraCalls(tenantId), vaultCalls()];
    for (let again = 0; again < 5; again += 1) expect(await token(tenantId)).toEqual(first);
    expect(entraCalls(tenantId)).toBe(calls);
    expect(vaultCalls()).toBe(vault);
  });

  test('that ten ask for at once is fetched once', async () => {
    const [alone, crowded] = [freshTenant(), freshTenant()];
    await token(alone);
    const all = await Promise.all(Array.from({ length: 10 }, () => token(crowded)));
    expect(new Set(all.map((each) => each.token)).size).toBe(1);
    expect(entraCalls(crowded)).toBe(entraCalls(alone));
  });

  test('that was forgotten after a 401 is fetched anew', async () => {
    const tenantId = freshTenant();
    await token(tenantId);
    const calls = entraCalls(tenantId);
    await identity.ask('forget', asked(tenantId));
    await token(tenantId);
    expect(entraCalls(tenantId)).toBeGreaterThan(calls);
  });

  test('of 64 tenants asked for in parallel never mixes with another’s', async () => {
    const all = Array.from({ length: 64 }, freshTenant);
    const rounds = await Promise.all([...all, ...[...all].reverse()].map((tenantId) => token(tenantId)));
    expect(rounds.map(({ token: text }) => claimsOf(text).tid)).toEqual([...all, ...[...all].reverse()]);
    expect(new Set(rounds.map(({ token: text }) => text)).size).toBe(64);
  });
});

describe('a token that is not the one asked for', () => {
  const forged = async (tenantId: string, overrides: Record<string, unknown>) => {
    const access_token = await identity.cloud.issueToken({
      tenantId,
      audience: 'https://graph.microsoft.com',
      overrides: { appid: identity.cloud.readerClientId, ...overrides },
    });
    identity.cloud.failNext({
      service: 'token',
      tenantId,
      status: 200,
      body: { token_type: 'Bearer', expires_in: 3_599, ext_expires_in: 3_599, access_token },
    });
  };

  test.each<[string, Record<string, unknown>]>([
    ['tid', { tid: '99999999-9999-4999-8999-999999999999' }],
    ['aud', { aud: 'https://management.azure.com' }],
    ['appid', { appid: '99999999-9999-4999-8999-999999999999' }],
  ])('by its %s is refused, and is not kept either', async (claim, overrides) => {
    const tenantId = freshTenant();
    await forged(tenantId, overrides);
    expect(await failure(tenantId)).toMatchObject({ name: 'AuthError', code: 'ERR_AUTH', raw: claim, tenantId });
    expect(claimsOf((await token(tenantId)).token).tid).toBe(tenantId);
  });
});

describe('what Entra refuses', () => {
  test('for want of consent is the customer’s turn, and heals by itself', async () => {
    const tenantId = freshTenant();
    identity.cloud.setCondition(tenantId, 'notConsented');
    expect(await failure(tenantId)).toMatchObject({
      name: 'ConsentError',
      reason: 'consentMissing',
      raw: 'AADSTS700016',
      tenantId,
    });
    identity.cloud.setCondition(tenantId, 'consented');
    expect((await token(tenantId)).tenantId).toBe(tenantId);
  });

  test('for an unknown tenant says so', async () => {
    const tenantId = '99999999-9999-4999-8999-999999999999';
    expect(await failure(tenantId)).toMatchObject({ name: 'ConsentError', reason: 'tenantUnknown', tenantId });
  });

  test('with a server error is passing', async () => {
    const tenantId = freshTenant();
    identity.cloud.failNext({ service: 'token', tenantId, status: 503, times: 10, headers: { 'retry-after-ms': '1' } });
    expect(await failure(tenantId)).toMatchObject({ name: 'UpstreamError', retryable: true });
  });

  test('says nothing of the secret or of other tenants', async () => {
    const tenantId = freshTenant();
    identity.cloud.setCondition(tenantId, 'notConsented');
    const { message } = await failure(tenantId);
    expect(message).toBe('Entra gives no token for this tenant');
  });
});

describe('the app’s secret', () => {
  test('that Entra refuses is an AuthError; one renewed in the vault is used without a restart', async () => {
    const { registrations, secrets } = identity.cloud.state;
    const { clientId } = registrations.reader;
    const old = registrations.reader.secrets[0]!.value;
    await token(freshTenant());
    await identity.advance(61_000);
    registrations.removeSecret(clientId, old);
    expect(await failure(freshTenant())).toMatchObject({ name: 'AuthError', code: 'ERR_AUTH', raw: 'AADSTS7000215' });

    const vault = vaultCalls();
    secrets.set('relay-app-secret', { value: registrations.addSecret(clientId) });
    expect(await failure(freshTenant())).toMatchObject({ name: 'AuthError' });
    expect(vaultCalls()).toBe(vault);

    await identity.advance(61_000);
    const all = Array.from({ length: 8 }, freshTenant);
    const found = await Promise.all(all.map((tenantId) => token(tenantId)));
    expect(found.map(({ token: text }) => claimsOf(text).tid)).toEqual(all);
    expect(vaultCalls()).toBe(vault + 1);
  });
});
