import type { Answer } from '../../../local/microsoft/answer';
import { answerDefender } from '../../../local/microsoft/defender/answer';
import { answerEndpoint } from '../../../local/microsoft/endpoint/answer';
import { issueUserToken } from '../../../local/microsoft/entra/userToken';
import { answerGraph } from '../../../local/microsoft/graph/answer';
import type { CloudState } from '../../../local/microsoft/state';
import { createTestCloud, firstTenant, refusal } from './testCloud';

let state: CloudState;
beforeEach(async () => {
  state = await createTestCloud();
});

type Service = (state: CloudState, request: Parameters<typeof answerGraph>[1]) => Answer;

interface Door {
  readonly service: Service;
  readonly audience: string;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body?: unknown;
  readonly scope: string;
}

const query = { Query: 'AlertInfo | take 1' };
const graph = { service: answerGraph, audience: 'https://graph.microsoft.com' };
const defender = { service: answerDefender, audience: 'https://api.security.microsoft.com' };
const endpoint = { service: answerEndpoint, audience: 'https://api.securitycenter.microsoft.com' };
const doors: [string, Door][] = [
  ['Graph incidents', { ...graph, method: 'GET', url: '/v1.0/security/incidents', scope: 'SecurityIncident.Read.All' }],
  [
    'Graph hunting',
    { ...graph, method: 'POST', url: '/v1.0/security/runHuntingQuery', body: query, scope: 'ThreatHunting.Read.All' },
  ],
  ['Defender incidents', { ...defender, method: 'GET', url: '/api/incidents', scope: 'Incident.Read' }],
  [
    'Defender hunting',
    { ...defender, method: 'POST', url: '/api/advancedhunting/run', body: query, scope: 'AdvancedHunting.Read' },
  ],
  ['Endpoint machines', { ...endpoint, method: 'GET', url: '/api/machines', scope: 'Machine.Read' }],
  ['Endpoint alerts', { ...endpoint, method: 'GET', url: '/api/alerts', scope: 'Alert.Read' }],
  [
    'Endpoint hunting',
    { ...endpoint, method: 'POST', url: '/api/advancedqueries/run', body: query, scope: 'AdvancedQuery.Read' },
  ],
];

const customer = () => firstTenant(state);
const call = async (door: Door, userPrincipalName: string, scopes?: readonly string[]): Promise<Answer> => {
  const { service, audience, method, url, body } = door;
  const bearer = await issueUserToken(state, { userPrincipalName, tenantId: customer().tenantId, audience, scopes });
  return service(state, {
    method,
    url,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
};
const nameOf = (index: number, tenant = customer()): string => state.users.of(tenant)[index]!.userPrincipalName;

describe.each(doors)('%s', (_, door) => {
  test('opens to a user with a role in Defender, in whose name the permission was given', async () => {
    expect((await call(door, nameOf(1), [door.scope])).status).toBe(200);
    expect((await call(door, nameOf(2), ['Other', door.scope])).status).toBe(200);
    expect((await call(door, nameOf(0))).status).toBe(200);
  });

  test('opens to a partner whom the customer gave a role', async () => {
    const partner = nameOf(1, state.world.homeTenant);
    expect((await call(door, partner)).status).toBe(200);
    state.partnerships.change(customer(), { roles: [] });
    expect(refusal(await call(door, partner)).status).toBe(403);
  });

  test('is 403 without the delegated permission', async () => {
    const refused = refusal(await call(door, nameOf(1), ['Other']));
    expect(refused).toMatchObject({ status: 403, code: 'Forbidden' });
    expect(refused.message).toContain(door.scope);
  });

  test('is 403 for a user without a role in Defender, until one is given', async () => {
    expect(refusal(await call(door, nameOf(4)))).toMatchObject({ status: 403, code: 'Forbidden' });
    state.users.of(customer())[4]!.defenderRole = 'Security Reader';
    expect((await call(door, nameOf(4))).status).toBe(200);
  });

  test('asks for the permission, then the role, then the licence', async () => {
    state.behaviour.setCondition(customer().tenantId, 'noLicence');
    expect((await call(door, nameOf(4), ['Other'])).status).toBe(403);
    expect((await call(door, nameOf(4))).status).toBe(403);
    expect(refusal(await call(door, nameOf(1))).status).toBe(401);
  });
});

test('isolating needs a role that may act', async () => {
  const [machine] = (
    JSON.parse((await call(doors[4]![1], nameOf(1))).body) as { value: { id: string; osPlatform: string }[] }
  ).value.filter(({ osPlatform }) => osPlatform === 'Windows11');
  const isolate: Door = {
    ...endpoint,
    method: 'POST',
    url: `/api/machines/${machine!.id}/isolate`,
    body: { Comment: 'drill', IsolationType: 'Full' },
    scope: 'Machine.Isolate',
  };
  expect(refusal(await call(isolate, nameOf(2), ['Machine.Isolate']))).toMatchObject({ status: 403 });
  const answer = await call(isolate, nameOf(1), ['Machine.Isolate']);
  expect(answer.status).toBe(201);
  expect(JSON.parse(answer.body)).toMatchObject({ requestor: nameOf(1) });
});

test('the provider itself has Defender where it was given incidents', async () => {
  const [, door] = doors[0]!;
  const ask = async (): Promise<Answer> => {
    const { homeTenant } = state.world;
    const bearer = await issueUserToken(state, {
      userPrincipalName: nameOf(1, homeTenant),
      audience: door.audience,
    });
    return answerGraph(state, { method: 'GET', url: door.url, headers: { authorization: `Bearer ${bearer}` } });
  };
  expect((await ask()).status).toBe(401);
  state = await createTestCloud({ homeIncidents: 3 });
  expect((JSON.parse((await ask()).body) as { value: unknown[] }).value).toHaveLength(3);
  expect(state.world.truth(state.world.homeTenant.tenantId)).toHaveLength(3);
  expect(state.world.truth().some(({ tenantId }) => tenantId === state.world.homeTenant.tenantId)).toBe(false);
});
