import { answerControl } from '../../../local/microsoft/control';
import type { CloudState } from '../../../local/microsoft/state';
import type { TruthRow } from '../../../local/microsoft/world/createWorld';
import { askGraph, createTestCloud, firstTenant, textLike } from './testCloud';

let state: CloudState;
let tenantId: string;
beforeEach(async () => {
  state = await createTestCloud();
  tenantId = firstTenant(state).tenantId;
});

interface Reply {
  status: number;
  body: Record<string, unknown>;
}

async function get(url: string): Promise<Reply> {
  const { status, body } = await answerControl(state, { method: 'GET', url, headers: {} });
  return { status, body: JSON.parse(body) as Record<string, unknown> };
}

async function post(url: string, sent: unknown, type = 'application/json'): Promise<Reply> {
  const { status, body } = await answerControl(state, {
    method: 'POST',
    url,
    headers: { 'content-type': type },
    body: typeof sent === 'string' ? sent : JSON.stringify(sent),
  });
  return { status, body: JSON.parse(body) as Record<string, unknown> };
}

const rowOf = (incidentId: unknown): TruthRow | undefined =>
  state.world.truth(tenantId).find((row) => row.incidentId === incidentId);

describe('the control port', () => {
  test('tells the truth of all tenants or of one', async () => {
    expect((await get('/truth')).body).toEqual(state.world.truth());
    expect((await get(`/truth?tenantId=${tenantId}`)).body).toEqual(state.world.truth(tenantId));
    expect((await get('/truth?tenantId=nobody')).status).toBe(404);
  });

  test('creates, updates, resolves, reopens and redirects', async () => {
    const first = (await post(`/tenants/${tenantId}/incidents`, { severity: 'high', displayName: 'Drill' })).body
      .incidentId;
    const second = (await post(`/tenants/${tenantId}/incidents`, {})).body.incidentId;
    const path = `/tenants/${tenantId}/incidents/${String(first)}`;
    const before = rowOf(first)!.alertsCount;
    await post(`${path}/update`, { addAlerts: 3, assignedTo: 'kim@contoso.example' });
    expect(rowOf(first)).toMatchObject({ status: 'active', alertsCount: before + 3 });
    await post(`${path}/resolve`, { classification: 'truePositive', determination: 'malware' });
    expect(rowOf(first)?.status).toBe('resolved');
    await post(`${path}/reopen`, {});
    expect(rowOf(first)?.status).toBe('active');
    await post(`${path}/redirect`, { into: second });
    expect(rowOf(first)).toMatchObject({ status: 'redirected', alertsCount: 0 });
  });

  test('changes settings, conditions and faults', async () => {
    expect((await post('/settings', { updatesPerPage: 0.5 })).body).toEqual({
      graphDelayMs: 0,
      defenderDelayMs: 0,
      endpointDelayMs: 0,
      updatesPerPage: 0.5,
      gzip: true,
      rates: { graph: null, defender: null, endpoint: null },
      consentDelayMs: 0,
      deviceCodeIntervalSeconds: 5,
      determinationNames: 'update',
    });
    await post(`/tenants/${tenantId}/condition`, { condition: 'noLicence' });
    expect(askGraph(state, '/v1.0/security/incidents').status).toBe(401);
    await post(`/tenants/${tenantId}/condition`, { condition: 'consented' });
    await post('/faults', { service: 'graph', tenantId, status: 500, times: 1 });
    expect(askGraph(state, '/v1.0/security/incidents')).toMatchObject({ status: 500, body: '' });
    expect((await get('/calls')).body).toMatchObject({
      services: { graph: { calls: 2, byStatus: { 401: 1, 500: 1 } } },
    });
    expect((await get('/tenants')).body).toContainEqual(
      expect.objectContaining({ tenantId, displayName: 'Contoso', condition: 'consented' }),
    );
  });

  test('sets the rate of one service without touching the other, and shows the counts', async () => {
    await post('/settings', { rates: { graph: { perMinute: 1 } } });
    expect((await post('/settings', { rates: { defender: { perMinute: 50, perHour: 1500 } } })).body.rates).toEqual({
      graph: { perMinute: 1 },
      defender: { perMinute: 50, perHour: 1500 },
      endpoint: null,
    });
    askGraph(state, '/v1.0/security/incidents');
    expect(askGraph(state, '/v1.0/security/incidents').status).toBe(429);
    expect((await get('/rates')).body).toMatchObject({ graph: { [tenantId]: { inMinute: 1, refused: 1 } } });
    expect((await post('/settings', { rates: { graph: null } })).body.rates).toMatchObject({ graph: null });
    expect(askGraph(state, '/v1.0/security/incidents').status).toBe(200);
  });

  test('poisons, heals and leaves parts out', async () => {
    const { incidentId } = state.world.truth(tenantId).at(-1)!;
    const poison = `/tenants/${tenantId}/poison`;
    await post(poison, { incidentId, itemFails: true });
    expect((await post(poison, { incidentId, raw: { id: null } })).body).toEqual({
      [incidentId]: { itemFails: true, raw: { id: null } },
    });
    expect(askGraph(state, `/v1.0/security/incidents/${incidentId}`).status).toBe(500);
    expect((await post(poison, { incidentId, heal: true })).body).toEqual({});
    expect(askGraph(state, `/v1.0/security/incidents/${incidentId}`).status).toBe(200);
    expect((await post(poison, { incidentId: '0', itemFails: true })).status).toBe(404);
    await post('/partials', { tenantId, warning: '199 - "one is missing"' });
    expect(askGraph(state, '/v1.0/security/incidents')).toMatchObject({
      status: 206,
      headers: { warning: '199 - "one is missing"' },
    });
  });

  test('lets an incident show up late and takes it away again', async () => {
    const { body } = await post(`/tenants/${tenantId}/incidents`, { at: '2026-09-01T00:00:00.0000001Z' });
    expect(rowOf(body.incidentId)).toMatchObject({ lastUpdateDateTime: '2026-09-01T00:00:00.0000001Z' });
    expect((await post(`/tenants/${tenantId}/incidents/${String(body.incidentId)}/remove`, {})).status).toBe(200);
    expect(rowOf(body.incidentId)).toBeUndefined();
  });

  test('issues tokens the cloud itself accepts', async () => {
    const { body } = await post('/tokens', { tenantId: state.world.homeTenant.tenantId, roles: ['Relay.Reader'] });
    expect(state.tokens.verify(String(body.access_token))).toMatchObject({ roles: ['Relay.Reader'] });
  });

  test.each([
    ['/settings', { graphDelayMs: 'slow' }, 400],
    ['/settings', { speed: 1 }, 400],
    ['/settings', '{', 400],
    ['/settings', { rates: { graph: { perMinute: 0 } } }, 400],
    ['/settings', { rates: { vault: { perMinute: 1 } } }, 400],
    ['/partials', { tenantId: 'nobody' }, 404],
    ['/tenants/contoso.onmicrosoft.com/poison', { itemFails: true }, 400],
    ['/tenants/contoso.onmicrosoft.com/poison', { incidentId: '0', smell: true }, 400],
    ['/tenants/contoso.onmicrosoft.com/incidents', { at: 'soon' }, 400],
    ['/tokens', {}, 400],
    ['/faults', { service: 'mail', tenantId: 'x', status: 500 }, 400],
    ['/faults', { service: 'graph', tenantId: 'x', status: 500 }, 404],
    ['/tenants/nobody/incidents', {}, 404],
    ['/tenants/contoso.onmicrosoft.com/incidents', { severity: 'terrible' }, 400],
    ['/tenants/contoso.onmicrosoft.com/incidents/0/reopen', {}, 404],
    ['/tenants/contoso.onmicrosoft.com/incidents/0/praise', {}, 404],
    ['/tenants/contoso.onmicrosoft.com/condition', { condition: 'happy' }, 400],
    ['/elsewhere', {}, 404],
  ])('POST %s with %j is %d with a message', async (url, sent, status) => {
    expect(await post(url, sent)).toEqual({ status, body: { message: textLike(/./) } });
  });

  test('a form, which a web page could post, is refused', async () => {
    expect((await post('/settings', '{}', 'text/plain')).status).toBe(415);
  });
});
