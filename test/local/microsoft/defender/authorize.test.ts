import { answerDefender } from '../../../../local/microsoft/defender/answer';
import { issueToken } from '../../../../local/microsoft/entra/claims';
import { answerGraph } from '../../../../local/microsoft/graph/answer';
import type { CloudState } from '../../../../local/microsoft/state';
import { createTestCloud, firstTenant } from '../testCloud';

let state: CloudState;
beforeAll(async () => {
  state = await createTestCloud();
});

const audience = 'https://api.security.microsoft.com';
const role = 'Incident.Read.All';
const call = (authorization?: string) =>
  answerDefender(state, { method: 'GET', url: '/api/incidents?$top=1', headers: { authorization } });
const token = (changes: Partial<Parameters<typeof issueToken>[1]> = {}) =>
  issueToken(state, { tenantId: firstTenant(state).tenantId, audience, roles: [role], ...changes });
const refusalOf = (answer: { status: number; body: string }) => {
  const { code, message } = (JSON.parse(answer.body) as { error: { code: string; message: string } }).error;
  return { status: answer.status, code, message };
};

describe('authorizeDefender', () => {
  test('a token with the role opens the tenant it names and no other', async () => {
    const second = state.world.tenants[1]!;
    const answer = call(`Bearer ${await token({ tenantId: second.tenantId })}`);
    const { value } = JSON.parse(answer.body) as { value: { incidentId: number }[] };
    expect(String(value[0]?.incidentId)).toBe(state.world.truth(second.tenantId).at(-1)!.incidentId);
  });

  test.each([['Incident.ReadWrite.All'], [role]])('%s is enough', async (each) => {
    expect(call(`Bearer ${await token({ roles: ['Other', each] })}`).status).toBe(200);
  });

  test('its client id is as good an audience as its address', async () => {
    expect(call(`Bearer ${await token({ overrides: { aud: '8ee8fdad-f234-4243-8f3b-15c294843740' } })}`).status).toBe(
      200,
    );
  });

  test('tokens of Graph and of this API do not open each other', async () => {
    const forGraph = await token({
      audience: 'https://graph.microsoft.com',
      roles: ['SecurityIncident.Read.All', role],
    });
    expect(refusalOf(call(`Bearer ${forGraph}`))).toMatchObject({ status: 401, code: 'Unauthorized' });
    const headers = { authorization: `Bearer ${await token({ roles: ['SecurityIncident.Read.All', role] })}` };
    expect(answerGraph(state, { method: 'GET', url: '/v1.0/security/incidents', headers }).status).toBe(401);
  });

  test('a call without token or with an expired one is 401', async () => {
    expect(refusalOf(call())).toMatchObject({ status: 401, code: 'Unauthorized' });
    expect(refusalOf(call(`Bearer ${await token({ expiresInSeconds: -1 })}`))).toMatchObject({ status: 401 });
  });

  test('a token without the role is 403 and hears which roles it needs and has', async () => {
    expect(refusalOf(call(`Bearer ${await token({ roles: ['AdvancedHunting.Read.All'] })}`))).toEqual({
      status: 403,
      code: 'Forbidden',
      message:
        'Missing application roles. API required roles: Incident.Read.All,Incident.ReadWrite.All, application roles: AdvancedHunting.Read.All.',
    });
  });

  test('a tenant without licence gets 401 with the reason until it has one', async () => {
    const { tenantId } = firstTenant(state);
    state.behaviour.setCondition(tenantId, 'noLicence');
    expect(refusalOf(call(`Bearer ${await token()}`))).toEqual({
      status: 401,
      code: 'Unauthorized',
      message: 'Unauthorized request - reason of failure: Account mode is inactive',
    });
    state.behaviour.setCondition(tenantId, 'consented');
    expect(call(`Bearer ${await token()}`).status).toBe(200);
  });
});
