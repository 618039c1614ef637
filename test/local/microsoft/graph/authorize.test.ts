import { createHmac, createPublicKey } from 'node:crypto';
import { issueToken } from '../../../../local/microsoft/entra/claims';
import { answerGraph } from '../../../../local/microsoft/graph/answer';
import type { CloudState } from '../../../../local/microsoft/state';
import { createTestCloud, firstTenant, refusal } from '../testCloud';

let state: CloudState;
beforeAll(async () => {
  state = await createTestCloud();
});

const graph = 'https://graph.microsoft.com';
const role = 'SecurityIncident.Read.All';
const call = (authorization?: string) =>
  answerGraph(state, { method: 'GET', url: '/v1.0/security/incidents?$top=1', headers: { authorization } });
const token = (changes: Partial<Parameters<typeof issueToken>[1]> = {}) =>
  issueToken(state, { tenantId: firstTenant(state).tenantId, audience: graph, roles: [role], ...changes });
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('authorizeGraph', () => {
  test('a token with the role opens the tenant it names and no other', async () => {
    const second = state.world.tenants[1]!;
    const answer = call(`Bearer ${await token({ tenantId: second.tenantId })}`);
    expect(answer.status).toBe(200);
    const { value } = JSON.parse(answer.body) as { value: { tenantId: string }[] };
    expect(value[0]?.tenantId).toBe(second.tenantId);
  });

  test.each([['SecurityIncident.ReadWrite.All'], [role]])('%s is enough', async (each) => {
    expect(call(`Bearer ${await token({ roles: ['Other', each] })}`).status).toBe(200);
  });

  test('the client id of Graph is as good an audience as its address', async () => {
    expect(call(`Bearer ${await token({ overrides: { aud: '00000003-0000-0000-c000-000000000000' } })}`).status).toBe(
      200,
    );
  });

  test('a call without token is 401 with a challenge', () => {
    const answer = call();
    expect(refusal(answer)).toMatchObject({ status: 401, code: 'InvalidAuthenticationToken' });
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
  });

  const forged: [string, () => Promise<string>][] = [
    ['another audience', () => token({ audience: 'https://vault.azure.net' })],
    ['our own API as audience', () => issueToken(state, { tenantId: firstTenant(state).tenantId, roles: [role] })],
    ['an expired life', () => token({ expiresInSeconds: -1 })],
    ['a life that has not begun', () => token({ overrides: { nbf: 4_000_000_000, exp: 4_000_003_600 } })],
    ['no expiry', () => token({ overrides: { exp: null } })],
    ['an unknown tenant', () => token({ tenantId: '11111111-1111-4111-8111-111111111111' })],
    ['a tenant that differs from its issuer', () => token({ overrides: { tid: state.world.tenants[1]!.tenantId } })],
    [
      'a version 2 issuer',
      () => token({ overrides: { iss: `https://login.microsoftonline.com/${firstTenant(state).tenantId}/v2.0` } }),
    ],
    [
      'a changed payload',
      async () => (await token()).replace(/\.[^.]+\./, `.${encode({ aud: graph, roles: [role] })}.`),
    ],
    ['alg none', async () => `${encode({ alg: 'none', typ: 'JWT' })}.${(await token()).split('.')[1]!}.`],
    [
      'HS256 keyed with the public key',
      async () => {
        const { kid } = state.tokens.publicJwk;
        const pem = createPublicKey({ key: state.tokens.publicJwk, format: 'jwk' }).export({
          type: 'spki',
          format: 'pem',
        });
        const signed = `${encode({ alg: 'HS256', typ: 'JWT', kid })}.${(await token()).split('.')[1]!}`;
        return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`;
      },
    ],
    ['a shape that is no JWT', () => Promise.resolve('abc')],
  ];
  test.each(forged)('a token with %s is 401', async (_, make) => {
    expect(refusal(call(`Bearer ${await make()}`))).toMatchObject({ status: 401, code: 'InvalidAuthenticationToken' });
  });

  test('a token without the role is 403 and hears which roles it needs and has', async () => {
    expect(refusal(call(`Bearer ${await token({ roles: ['SecurityAlert.Read.All'] })}`))).toEqual({
      status: 403,
      code: 'Forbidden',
      message:
        'Missing application roles. API required roles: SecurityIncident.Read.All,SecurityIncident.ReadWrite.All, application roles: SecurityAlert.Read.All.',
    });
    expect(refusal(call(`Bearer ${await token({ roles: [] })}`))).toMatchObject({ status: 403 });
  });
});
