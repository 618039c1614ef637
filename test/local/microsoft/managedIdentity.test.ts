import type { Answer } from '../../../local/microsoft/answer';
import { answerIdentity } from '../../../local/microsoft/managedIdentity';
import type { CloudState } from '../../../local/microsoft/state';
import { createTestCloud, textLike } from './testCloud';

let state: CloudState;
beforeAll(async () => {
  state = await createTestCloud();
});

function ask(
  changes: Record<string, string | undefined> = {},
  header: string | undefined = state.identityHeader,
): Promise<Answer> {
  const options: Record<string, string | undefined> = {
    resource: 'https://vault.azure.net',
    'api-version': '2019-08-01',
    client_id: state.registrations.managedIdentity.clientId,
    ...changes,
  };
  const sent = Object.entries(options).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return answerIdentity(state, {
    method: 'GET',
    url: `/msi/token?${new URLSearchParams(sent).toString()}`,
    headers: header === '' ? {} : { 'x-identity-header': header },
  });
}

describe('the managed identity endpoint', () => {
  test('gives the user-assigned identity a token of the home tenant, its expiry as text', async () => {
    const body = JSON.parse((await ask()).body) as Record<string, string>;
    expect(body).toMatchObject({
      resource: 'https://vault.azure.net',
      token_type: 'Bearer',
      client_id: state.registrations.managedIdentity.clientId,
      expires_on: String(Date.parse('2026-11-21T12:00:00Z') / 1_000),
    });
    expect(state.tokens.verify(body.access_token!)).toMatchObject({
      aud: 'https://vault.azure.net',
      iss: `https://sts.windows.net/${state.world.homeTenant.tenantId}/`,
      oid: state.registrations.managedIdentity.principalId,
      appid: state.registrations.managedIdentity.clientId,
    });
  });

  test('gives a token for the exchange, in whose name a registration can be trusted', async () => {
    const body = JSON.parse((await ask({ resource: 'api://AzureADTokenExchange' })).body) as Record<string, string>;
    expect(state.tokens.verify(body.access_token!)).toMatchObject({
      aud: 'fb60f99c-7a34-4190-8149-302f77469936',
      iss: `${state.urls.entra}/${state.world.homeTenant.tenantId}/v2.0`,
      sub: state.registrations.managedIdentity.principalId,
    });
  });

  test('the principal id names it as well', async () => {
    const { principalId } = state.registrations.managedIdentity;
    expect((await ask({ client_id: undefined, principal_id: principalId })).status).toBe(200);
  });

  test.each([
    ['no client id, there being no system-assigned identity', { client_id: undefined }],
    ['another client id', { client_id: '22222222-2222-4222-8222-222222222222' }],
    ['two ids', { principal_id: 'x' }],
    ['an unknown api-version', { 'api-version': '2017-09-01' }],
    ['no api-version', { 'api-version': undefined }],
    ['a scope in place of a resource', { resource: 'https://vault.azure.net/.default' }],
    ['no resource', { resource: undefined }],
  ])('%s is 400', async (_, changes) => {
    const answer = await ask(changes);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({ statusCode: 400, message: textLike(/./) });
  });

  test.each([['wrong'], ['']])('the header "%s" is 400', async (header) => {
    expect((await ask({}, header)).status).toBe(400);
  });
});
