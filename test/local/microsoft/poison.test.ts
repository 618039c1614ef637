import type { CloudState } from '../../../local/microsoft/state';
import type { ListBody } from './testCloud';
import { askDefender, askGraph, createTestCloud, defenderPage, firstTenant, listPage, refusal } from './testCloud';

let state: CloudState;
let tenantId: string;
/** The newest but two. */
let sick: string;
beforeEach(async () => {
  state = await createTestCloud();
  tenantId = firstTenant(state).tenantId;
  sick = state.world.truth(tenantId).at(-3)!.incidentId;
});

const graph = '/v1.0/security/incidents';
const status = (url: string): number => askGraph(state, url).status;
const defenderStatus = (url: string): number => askDefender(state, url).status;

describe('a poisoned incident', () => {
  test('whose alerts cannot be expanded fails each page and GET that would show them, and no other', () => {
    state.behaviour.poison(tenantId, sick, { expandFails: true });
    expect(refusal(askGraph(state, `${graph}?$expand=alerts`))).toMatchObject({
      status: 500,
      code: 'InternalServerError',
    });
    expect(status(`${graph}/${sick}?$expand=alerts`)).toBe(500);
    expect(status(`${graph}?$expand=alerts&$top=2`)).toBe(200);
    expect(status(`${graph}?$expand=alerts&$skip=3`)).toBe(200);
    expect([status(graph), status(`${graph}/${sick}`), status(`${graph}/${sick}/alerts`)]).toEqual([200, 200, 200]);
    expect(defenderStatus('/api/incidents')).toBe(500);
    expect(defenderStatus(`/api/incidents/${sick}`)).toBe(500);
    expect(defenderStatus('/api/incidents?$top=2')).toBe(200);
  });

  test('whose alerts cannot be had apart fails there alone', () => {
    state.behaviour.poison(tenantId, sick, { alertsFail: true });
    expect(status(`${graph}/${sick}/alerts`)).toBe(500);
    expect([status(`${graph}?$expand=alerts`), status(`${graph}/${sick}`)]).toEqual([200, 200]);
    expect(defenderStatus('/api/incidents')).toBe(200);
  });

  test('that cannot be had alone is still a row of lists', () => {
    state.behaviour.poison(tenantId, sick, { itemFails: true });
    expect(status(`${graph}/${sick}`)).toBe(500);
    expect(defenderStatus(`/api/incidents/${sick}`)).toBe(500);
    expect([status(graph), status(`${graph}?$expand=alerts`), defenderStatus('/api/incidents')]).toEqual([
      200, 200, 200,
    ]);
  });

  test('shows the raw fields put over its own by either API, and the others of its page as they are', () => {
    const before = [listPage(state, { $top: '4' }).value, defenderPage(state, { $top: '4' })] as const;
    const raw = {
      id: null,
      lastUpdateDateTime: '2025-07-03T12:16:01+053088Z',
      incidentId: 'x',
      summary: 'y'.repeat(70_000),
    };
    state.behaviour.poison(tenantId, sick, { raw });
    const after = [listPage(state, { $top: '4' }).value, defenderPage(state, { $top: '4' })] as const;
    expect(after[0][2]).toEqual({ ...before[0][2], ...raw });
    expect(after[1][2]).toEqual({ ...before[1][2], ...raw });
    expect([after[0][1], after[0][3]]).toEqual([before[0][1], before[0][3]]);
    expect(JSON.parse(askGraph(state, `${graph}/${sick}`).body)).toMatchObject(raw);
  });

  test('stays poisoned when it changes, and shows the change', () => {
    const active = listPage(state, { $filter: "status eq 'active'", $top: '1' }).value[0]!.id;
    state.behaviour.poison(tenantId, active, { raw: { severity: 'terrible' } });
    listPage(state, {});
    state.world.apply({ kind: 'update', tenantId, incidentId: active, status: 'inProgress' });
    expect(listPage(state, { $top: '1' }).value[0]).toMatchObject({
      id: active,
      severity: 'terrible',
      status: 'inProgress',
    });
  });

  test('nests as deep as asked, deeper than a recursive writer gets', () => {
    state.behaviour.poison(tenantId, sick, { deep: 200_000 });
    const { body } = askGraph(state, `${graph}/${sick}`);
    expect(body.endsWith(`"nested":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)).toBe(true);
    state.behaviour.poison(tenantId, sick, { deep: 3 });
    expect(JSON.parse(askDefender(state, `/api/incidents/${sick}`).body)).toMatchObject({ nested: [[[]]] });
  });

  test('gathers kinds until it is healed, alone or with all of its tenant', () => {
    const other = state.world.truth(tenantId).at(-1)!.incidentId;
    state.behaviour.poison(tenantId, sick, { itemFails: true });
    state.behaviour.poison(tenantId, sick, { alertsFail: true });
    state.behaviour.poison(tenantId, other, { itemFails: true });
    expect([status(`${graph}/${sick}`), status(`${graph}/${sick}/alerts`)]).toEqual([500, 500]);
    state.behaviour.heal(tenantId, sick);
    expect([status(`${graph}/${sick}`), status(`${graph}/${sick}/alerts`)]).toEqual([200, 200]);
    expect(status(`${graph}/${other}`)).toBe(500);
    state.behaviour.heal(tenantId);
    expect(status(`${graph}/${other}`)).toBe(200);
  });
});

describe('a partial answer', () => {
  test('is 206 with a warning, half the rows and no nextLink, as often as asked', () => {
    const whole = listPage(state, { $top: '10' });
    state.behaviour.partialNext({ tenantId, times: 2, warning: '199 - "Microsoft/X/504/10000"' });
    const answer = askGraph(state, `${graph}?$top=10`);
    expect(answer).toMatchObject({ status: 206, headers: { warning: '199 - "Microsoft/X/504/10000"' } });
    const part = JSON.parse(answer.body) as ListBody;
    expect(part.value).toEqual(whole.value.slice(0, 5));
    expect([whole['@odata.nextLink'], part['@odata.nextLink']]).toEqual([expect.any(String), undefined]);
    const second = askDefender(state, '/api/incidents?$top=9');
    expect(second).toMatchObject({ status: 206, headers: { warning: '199 - "Microsoft/X/504/10000"' } });
    expect((JSON.parse(second.body) as ListBody).value).toHaveLength(4);
    expect([status(graph), defenderStatus('/api/incidents')]).toEqual([200, 200]);
  });

  test('is not spent on one incident or on another tenant', () => {
    state.behaviour.partialNext({ tenantId: state.world.tenants[1]!.tenantId });
    expect(status(graph)).toBe(200);
    state.behaviour.partialNext({ tenantId });
    expect(status(`${graph}/${sick}`)).toBe(200);
    expect(askGraph(state, graph).headers.warning).toMatch(/^199 - "/);
  });
});
