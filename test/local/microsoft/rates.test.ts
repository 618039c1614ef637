import { answerGraph } from '../../../local/microsoft/graph/answer';
import type { CloudState } from '../../../local/microsoft/state';
import { askDefender, askGraph, createTestClock, createTestCloud, firstTenant } from './testCloud';

let state: CloudState;
let clock: ReturnType<typeof createTestClock>;
let tenantId: string;
beforeEach(async () => {
  clock = createTestClock();
  state = await createTestCloud({ clock });
  tenantId = firstTenant(state).tenantId;
});

const graph = () => askGraph(state, '/v1.0/security/incidents?$top=1');
const defender = () => askDefender(state, '/api/incidents?$top=1');
const statuses = (count: number, call: () => { status: number }): number[] =>
  Array.from({ length: count }, () => call().status);

describe('rates', () => {
  test('none is set at the start', () => {
    expect(new Set(statuses(300, graph))).toEqual(new Set([200]));
    expect(state.rates.counts()).toEqual({ graph: {}, defender: {}, endpoint: {} });
  });

  test('the window slides: a call frees its place a minute later, not at the full minute', () => {
    state.behaviour.change({ rates: { defender: { perMinute: 2 } } });
    expect(defender().status).toBe(200);
    clock.advance(40);
    expect(defender().status).toBe(200);
    expect(defender()).toMatchObject({ status: 429, headers: { 'retry-after': '20' } });
    clock.advance(19);
    expect(defender()).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    clock.advance(1);
    expect(statuses(2, defender)).toEqual([200, 429]);
    expect(defender().headers['retry-after']).toBe('40');
    expect(state.rates.counts().defender[tenantId]).toMatchObject({ inMinute: 2, mostInMinute: 2 });
  });

  test('the hour counts beside the minute, and the longer wait is told', () => {
    state.behaviour.change({ rates: { graph: { perMinute: 2, perHour: 3 } } });
    expect(statuses(3, graph)).toEqual([200, 200, 429]);
    clock.advance(60);
    expect(statuses(2, graph)).toEqual([200, 429]);
    expect(graph().headers['retry-after']).toBe('3540');
    clock.advance(3_540);
    expect(statuses(3, graph)).toEqual([200, 200, 429]);
  });

  test('what is refused counts against nothing', () => {
    state.behaviour.change({ rates: { graph: { perMinute: 1 } } });
    expect(statuses(50, graph)).toEqual([200, ...Array<number>(49).fill(429)]);
    clock.advance(60);
    expect(graph().status).toBe(200);
    expect(state.calls.counts().services.graph).toEqual({ calls: 51, byStatus: { 200: 2, 429: 49 } });
  });

  test('tenants and services have windows of their own', () => {
    state.behaviour.change({ rates: { graph: { perMinute: 1 }, defender: { perMinute: 1 } } });
    expect(statuses(2, graph)).toEqual([200, 429]);
    expect(statuses(2, defender)).toEqual([200, 429]);
    const other = state.world.tenants[1]!.tenantId;
    expect(answerGraph(state, { method: 'GET', url: '/v1.0/security/incidents', headers: {} }, other).status).toBe(200);
  });

  test('the Defender API says the wait in words, too', () => {
    state.behaviour.change({ rates: { defender: { perMinute: 1 } } });
    defender();
    const { error } = JSON.parse(defender().body) as { error: { code: string; message: string } };
    expect(error.code).toBe('TooManyRequests');
    expect(error.message).toContain('60 seconds');
  });

  test('a scripted fault is a call like any other, and is kept for who is admitted', () => {
    state.behaviour.change({ rates: { graph: { perMinute: 2 } } });
    graph();
    state.behaviour.failNext({ service: 'graph', tenantId, status: 503, times: 2 });
    expect(statuses(2, graph)).toEqual([503, 429]);
    clock.advance(60);
    expect(graph().status).toBe(503);
  });

  test('counts show what the windows hold, their highest marks and what was refused', () => {
    state.behaviour.change({ rates: { defender: { perMinute: 3, perHour: 100 } } });
    statuses(5, defender);
    clock.advance(90);
    defender();
    expect(state.rates.counts().defender[tenantId]).toEqual({
      inMinute: 1,
      inHour: 4,
      mostInMinute: 3,
      mostInHour: 4,
      refused: 2,
      insideWait: 1,
    });
    clock.advance(4_000);
    expect(state.rates.counts().defender[tenantId]).toMatchObject({ inMinute: 0, inHour: 0 });
  });

  test('calls before an announced wait is over are counted, scripted waits and dates included', () => {
    const inside = () => state.rates.counts().graph[tenantId]?.insideWait;
    state.behaviour.failNext({ service: 'graph', tenantId, status: 429, headers: { 'Retry-After': '30' } });
    graph();
    clock.advance(29);
    expect([graph().status, inside()]).toEqual([200, 1]);
    clock.advance(1);
    expect([graph().status, inside()]).toEqual([200, 1]);
    const headers = { 'Retry-After': 'Fri, 20 Nov 2026 12:05:00 GMT' };
    state.behaviour.failNext({ service: 'graph', tenantId, status: 429, headers });
    graph();
    clock.advance(240);
    expect([graph().status, inside()]).toEqual([200, 2]);
    clock.advance(60);
    expect([graph().status, inside()]).toEqual([200, 2]);
  });
});
