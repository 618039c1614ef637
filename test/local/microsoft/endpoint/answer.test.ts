import type { Answer } from '../../../../local/microsoft/answer';
import { answerControl } from '../../../../local/microsoft/control';
import { answerDefender } from '../../../../local/microsoft/defender/answer';
import { answerEndpoint } from '../../../../local/microsoft/endpoint/answer';
import type { TokenRequest } from '../../../../local/microsoft/entra/claims';
import { issueToken } from '../../../../local/microsoft/entra/claims';
import type { CloudState } from '../../../../local/microsoft/state';
import { createTestClock, createTestCloud, firstTenant, refusal } from '../testCloud';

let state: CloudState;
let clock: ReturnType<typeof createTestClock>;
beforeEach(async () => {
  clock = createTestClock();
  state = await createTestCloud({ clock });
});

const audience = 'https://api.securitycenter.microsoft.com';
const token = (change: Partial<TokenRequest> = {}) =>
  issueToken(state, { tenantId: firstTenant(state).tenantId, audience, roles: ['Machine.Read.All'], ...change });
const ask = (bearer: string | undefined, url = '/api/machines', method = 'GET'): Answer =>
  answerEndpoint(state, {
    method,
    url,
    headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
  });
/** As one who may do everything. */
const trusted = (url: string, method = 'GET', sent?: unknown, type = 'application/json'): Answer =>
  answerEndpoint(
    state,
    { method, url, headers: { 'content-type': type }, ...(sent === undefined ? {} : { body: JSON.stringify(sent) }) },
    firstTenant(state).tenantId,
  );
interface Listed {
  value: Record<string, unknown>[];
  '@odata.nextLink'?: string;
}
const listed = (url: string): Listed => JSON.parse(trusted(url).body) as Listed;
const machineOn = (platform: string): string =>
  listed(`/api/machines?$filter=osPlatform eq '${platform}'`).value[0]!.id as string;

describe('a token', () => {
  test('for Defender for Endpoint is taken by its URI or its client id', async () => {
    expect(ask(await token()).status).toBe(200);
    const byId = await token({ overrides: { aud: 'fc780465-2017-40d4-a0c5-307022471b92' } });
    expect(ask(byId).status).toBe(200);
  });

  test.each<[string, Partial<TokenRequest>]>([
    ['for Microsoft Threat Protection', { audience: 'https://api.security.microsoft.com' }],
    ['for Graph', { audience: 'https://graph.microsoft.com' }],
    ['that has expired', { expiresInSeconds: -1 }],
  ])('%s is refused', async (_, change) => {
    expect(refusal(ask(await token(change)))).toMatchObject({ status: 401, code: 'Unauthorized' });
  });

  test('is not taken by Microsoft Threat Protection, whatever roles it has', async () => {
    const bearer = await token({ roles: ['Incident.Read.All'] });
    const headers = { authorization: `Bearer ${bearer}` };
    expect(answerDefender(state, { method: 'GET', url: '/api/incidents', headers }).status).toBe(401);
  });

  test.each([
    ['/api/machines', 'GET', 'Machine.Read.All,Machine.ReadWrite.All'],
    ['/api/machineactions', 'GET', 'Machine.Read.All,Machine.ReadWrite.All'],
    ['/api/v1.0/alerts', 'GET', 'Alert.Read.All,Alert.ReadWrite.All'],
    [`/api/machines/${'a'.repeat(40)}/isolate`, 'POST', 'Machine.Isolate'],
    [`/api/machines/${'a'.repeat(40)}/unisolate`, 'POST', 'Machine.Isolate'],
    ['/api/advancedqueries/run', 'POST', 'AdvancedQuery.Read.All'],
  ])('without the role of %s is told both lists', async (url, method, needed) => {
    expect(ask(undefined, url, method).status).toBe(401);
    expect(refusal(ask(await token({ roles: ['Machine.Scan', 'Url.Read.All'] }), url, method))).toEqual({
      status: 403,
      code: 'Forbidden',
      message: `Missing application roles. API required roles: ${needed}, application roles: Machine.Scan,Url.Read.All.`,
    });
  });
});

describe('a list', () => {
  test.each([
    "/api/machines?$filter=colour eq 'red'",
    '/api/machines?$filter=osPlatform eq Windows11',
    "/api/machines?$filter=lastSeen ge '2026-11-01T00:00:00Z'",
    "/api/machines?$filter=osPlatform eq 'a' or osPlatform eq 'b'",
    '/api/machines?$filter=machineTags/any(a: b eq 1)',
    '/api/machines?$top=10001',
    '/api/machines?$top=0',
    '/api/machines?$orderby=lastSeen',
    '/api/machines?$expand=evidence',
    '/api/alerts?$expand=machine',
  ])('%s is refused', (url) => {
    expect(trusted(url).status).toBe(400);
  });

  test('pages by skip, and with top there is no nextLink', () => {
    const all = listed('/api/machines').value;
    expect(all).toHaveLength(40);
    const page = listed('/api/machines?$top=7&$skip=7');
    expect(page.value).toEqual(all.slice(7, 14));
    expect(page).not.toHaveProperty(['@odata.nextLink']);
  });

  test('of alerts shows evidence only where it is expanded', () => {
    const plain = listed('/api/alerts').value;
    const expanded = listed('/api/alerts?$expand=evidence').value;
    expect(plain.every(({ evidence }) => (evidence as unknown[]).length === 0)).toBe(true);
    expect(expanded.map(({ id }) => id)).toEqual(plain.map(({ id }) => id));
    expect(expanded.some(({ evidence }) => (evidence as unknown[]).length > 0)).toBe(true);
  });
});

describe('an isolation', () => {
  const order = (machineId: string, body: unknown, verb = 'isolate', type?: string) =>
    trusted(`/api/machines/${machineId}/${verb}`, 'POST', body, type);

  test('is taken with 201, and the second one refused while the first is under way', () => {
    const machineId = machineOn('Windows11');
    const first = order(machineId, { Comment: 'x', IsolationType: 'Full' });
    expect(first.status).toBe(201);
    expect(JSON.parse(first.body)).toMatchObject({ type: 'Isolate', scope: 'Full', status: 'Pending', machineId });
    const again = { status: 400, code: 'ActiveRequestAlreadyInProgress', message: 'Action is already in progress' };
    expect(refusal(order(machineId, { Comment: 'x' }))).toEqual(again);
    clock.advance(29);
    expect(refusal(order(machineId, { Comment: 'x' }, 'unisolate'))).toEqual(again);
    clock.advance(1);
    expect(order(machineId, { Comment: 'x' }, 'unisolate').status).toBe(201);
  });

  test('names its fields letter by letter, and must say why', () => {
    const machineId = machineOn('Windows11');
    expect(refusal(order(machineId, { comment: 'x' })).code).toBe('MissingRequiredParameter');
    expect(refusal(order(machineId, { Comment: 'x', isolationType: 'Full' })).code).toBe('InvalidRequestBody');
    expect(refusal(order(machineId, { Comment: 'x', IsolationType: 'full' })).code).toBe('InvalidInput');
    expect(refusal(order(machineId, { Comment: 'x' }, 'isolate', 'text/plain')).code).toBe('InvalidRequestBody');
    expect(refusal(order(machineId, { Comment: 'x', IsolationType: 'Full' }, 'unisolate')).code).toBe(
      'InvalidRequestBody',
    );
  });

  test('depends on the system, and on a machine that exists', () => {
    expect(refusal(order(machineOn('macOS'), { Comment: 'x' })).code).toBe('OsPlatformNotSupported');
    expect(refusal(order(machineOn('Ubuntu'), { Comment: 'x', IsolationType: 'Selective' })).code).toBe(
      'OsPlatformNotSupported',
    );
    expect(order(machineOn('Ubuntu'), { Comment: 'x' }).status).toBe(201);
    expect(order('f'.repeat(40), { Comment: 'x' }).status).toBe(404);
  });

  test('ends as the control port says', async () => {
    const { tenantId } = firstTenant(state);
    const machineId = machineOn('Windows11');
    const said = await answerControl(state, {
      method: 'POST',
      url: `/tenants/${tenantId}/machines/${machineId}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ actionsEnd: 'Failed' }),
    });
    expect(said.status).toBe(200);
    const { id } = JSON.parse(order(machineId, { Comment: 'x' }).body) as { id: string };
    clock.advance(31);
    const ended = JSON.parse(trusted(`/api/machineactions/${id}`).body) as Record<string, unknown>;
    expect(ended).toMatchObject({ status: 'Failed' });
    expect(ended.errorHResult).toBeLessThan(0);
  });
});

test('faults, rates, licences and calls work as with the other services', () => {
  const { tenantId } = firstTenant(state);
  state.behaviour.failNext({ service: 'endpoint', tenantId, status: 500 });
  expect(trusted('/api/machines').status).toBe(500);
  state.behaviour.setCondition(tenantId, 'noLicence');
  expect(refusal(trusted('/api/machines'))).toMatchObject({ status: 401 });
  state.behaviour.setCondition(tenantId, 'consented');
  state.behaviour.change({ rates: { endpoint: { perMinute: 1 } } });
  expect(trusted('/api/machines').status).toBe(200);
  expect(trusted('/api/machines')).toMatchObject({ status: 429, headers: { 'retry-after': '60' } });
  expect(state.rates.counts().endpoint[tenantId]).toMatchObject({ inMinute: 1, refused: 1 });
  expect(state.calls.counts().services.endpoint).toEqual({
    calls: 4,
    byStatus: { 200: 1, 401: 1, 429: 1, 500: 1 },
  });
});

test('what is not there is 404, another method 405', () => {
  expect(trusted('/api/files').status).toBe(404);
  expect(trusted('/api/machines/a/b/c').status).toBe(404);
  expect(trusted('/api/machines', 'POST', {}).status).toBe(405);
  expect(trusted('/api/machines/a/isolate').status).toBe(405);
});
