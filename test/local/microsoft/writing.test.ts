import type { Answer, Request } from '../../../local/microsoft/answer';
import { answerDefender } from '../../../local/microsoft/defender/answer';
import { issueToken } from '../../../local/microsoft/entra/claims';
import { issueUserToken } from '../../../local/microsoft/entra/userToken';
import { answerGraph } from '../../../local/microsoft/graph/answer';
import type { CloudState } from '../../../local/microsoft/state';
import type { Incident } from '../../../local/microsoft/world/incident';
import { createTestCloud, firstTenant, listPage, refusal } from './testCloud';

let state: CloudState;
let incident: Incident;
beforeEach(async () => {
  state = await createTestCloud();
  const { tenantId } = firstTenant(state);
  const { incidentId } = state.world.apply({ kind: 'create', tenantId });
  incident = state.world.incidentsOf(firstTenant(state)).byId.get(incidentId)!;
});

const json = { 'content-type': 'application/json' };
const asked = (method: string, url: string, body: unknown, headers: Request['headers'] = {}): Request => ({
  ...{ method, url, headers: { ...json, ...headers } },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const trusted = (): string => firstTenant(state).tenantId;
const patchGraph = (body: unknown): Answer =>
  answerGraph(state, asked('PATCH', `/v1.0/security/incidents/${incident.id}`, body), trusted());
const commentGraph = (body: unknown): Answer =>
  answerGraph(state, asked('POST', `/v1.0/security/incidents/${incident.id}/comments`, body), trusted());
const patchDefender = (body: unknown): Answer =>
  answerDefender(state, asked('PATCH', `/api/incidents/${incident.id}`, body), trusted());
const alertComment = '#microsoft.graph.security.alertComment';

describe('Graph', () => {
  test('a PATCH answers the incident without alerts, newer than all, and lists show it so', () => {
    const before = incident.lastUpdateDateTime;
    const answer = patchGraph({ status: 'inProgress', customTags: ['a'], assignedTo: 'x@example.com' });
    expect(answer.status).toBe(200);
    const body = JSON.parse(answer.body) as Record<string, unknown>;
    expect(body).toMatchObject({ id: incident.id, status: 'inProgress', lastModifiedBy: 'XDR relay writer' });
    expect(body.alerts).toBeUndefined();
    expect(String(body.lastUpdateDateTime) > before).toBe(true);
    const [newest] = listPage(state, { $top: '1' }).value;
    expect(newest).toMatchObject({ id: incident.id, status: 'inProgress', assignedTo: 'x@example.com' });
  });

  test('a comment answers 200 with all comments of the incident', () => {
    commentGraph({ '@odata.type': alertComment, comment: 'one' });
    const answer = commentGraph({ '@odata.type': 'microsoft.graph.security.alertComment', comment: 'two' });
    expect(answer.status).toBe(200);
    const { value } = JSON.parse(answer.body) as { value: Record<string, unknown>[] };
    expect(value.map(({ comment }) => comment)).toEqual(['one', 'two']);
    expect(value[1]).toMatchObject({ createdByDisplayName: 'XDR relay writer' });
  });

  test.each([
    [{ severity: 'low' }],
    [{ displayName: 'x' }],
    [{ status: 'redirected' }],
    [{ status: 'Resolved' }],
    [{ classification: 'truePositive', determination: 'notMalicious' }],
    [{ determination: 'malware' }],
    [{ customTags: 'vip' }],
    [{}],
    ['not json'],
  ])('%j is refused, and nothing has changed', (body) => {
    const { revision } = incident;
    expect(refusal(patchGraph(body)).status).toBe(400);
    expect(incident.revision).toBe(revision);
  });

  test.each([[{ comment: 'x' }], [{ '@odata.type': alertComment }], [{ '@odata.type': alertComment, comment: '' }]])(
    'the comment %j is refused',
    (body) => {
      expect(commentGraph(body).status).toBe(400);
    },
  );

  test('a classification alone takes away a determination that does not go with it', () => {
    patchGraph({ classification: 'truePositive', determination: 'malware' });
    patchGraph({ classification: 'falsePositive' });
    expect(incident).toMatchObject({ classification: 'falsePositive', determination: 'unknown' });
  });

  test('lists and alerts are not written, comments not read: 405 names what is allowed', () => {
    const at = (method: string, path: string): Answer =>
      answerGraph(state, asked(method, `/v1.0/security/incidents${path}`, {}), trusted());
    expect([at('PATCH', '').headers.allow, at('POST', `/${incident.id}/alerts`).headers.allow]).toEqual(['GET', 'GET']);
    expect(at('DELETE', `/${incident.id}`)).toMatchObject({ status: 405, headers: { allow: 'GET, PATCH' } });
    expect(at('GET', `/${incident.id}/comments`)).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });
});

describe('Defender', () => {
  test('one PATCH changes state, verdict, owner and tags, and adds its comment', () => {
    const answer = patchDefender({
      ...{ status: 'Resolved', classification: 'FalsePositive', determination: 'Clean', assignedTo: 'x@example.com' },
      ...{ tags: ['a', 'b'], comment: 'done' },
    });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({
      ...{ incidentId: incident.number, status: 'Resolved', tags: ['a', 'b'], assignedTo: 'x@example.com' },
      comments: [{ comment: 'done', createdBy: 'XDR relay writer' }],
    });
    patchDefender({ assignedTo: '' });
    expect(incident).toMatchObject({ assignedTo: null, determination: 'notMalicious' });
  });

  test.each([
    [{ status: 'Redirected' }],
    [{ status: 'resolved' }],
    [{ Status: 'Resolved' }],
    [{ customTags: ['a'] }],
    [{ classification: 'Unknown' }],
    [{ classification: 'TruePositive', determination: 'Clean' }],
    [{ determination: 'NotMalicious' }],
    [{ comments: [] }],
    [{}],
  ])('%j is refused, and nothing has changed', (body) => {
    const { revision } = incident;
    expect(refusal(patchDefender(body)).status).toBe(400);
    expect(incident.revision).toBe(revision);
  });
});

describe('who may write', () => {
  const graph = 'https://graph.microsoft.com';
  const call = (token: string): Answer =>
    answerGraph(
      state,
      asked(
        'PATCH',
        `/v1.0/security/incidents/${incident.id}`,
        { status: 'inProgress' },
        { authorization: `Bearer ${token}` },
      ),
    );

  test.each([
    ['SecurityIncident.ReadWrite.All', 200],
    ['SecurityIncident.Read.All', 403],
    ['SecurityAlert.ReadWrite.All', 403],
  ])('an application with %s gets %d', async (role, status) => {
    const token = await issueToken(state, { tenantId: trusted(), audience: graph, roles: [role] });
    expect(call(token).status).toBe(status);
  });

  test.each([
    ['Security Operator', 'SecurityIncident.ReadWrite.All', 200],
    ['Security Reader', 'SecurityIncident.ReadWrite.All', 403],
    ['Security Operator', 'SecurityIncident.Read.All', 403],
  ])('a %s with %s gets %d, and is named', async (role, scope, status) => {
    const user = state.users
      .of(firstTenant(state))
      .find(({ defenderRole, blocked }) => defenderRole === role && !blocked)!;
    const { userPrincipalName } = user;
    const token = await issueUserToken(state, { userPrincipalName, audience: graph, scopes: [scope] });
    expect(call(token).status).toBe(status);
    expect(incident.lastWriter).toBe(status === 200 ? userPrincipalName : null);
  });
});

test('what was written is the portal’s again after the next change there', () => {
  patchGraph({ status: 'inProgress' });
  expect(incident.lastWriter).toBe('XDR relay writer');
  state.world.apply({ kind: 'update', tenantId: trusted(), incidentId: incident.id, customTags: ['x'] });
  expect(incident.lastWriter).toBeNull();
});
