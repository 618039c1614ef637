import type { CloudState } from '../../../local/microsoft/state';
import { HuntingQueryError, HuntingThrottledError, RequestError } from '../../../shared/errors';
import type { Hunter } from '../../../shared/hunting/createHunter';
import { createHunter } from '../../../shared/hunting/createHunter';
import type { HuntingApi } from '../../../shared/hunting/huntingApi';
import { firstTenant } from '../../local/microsoft/testCloud';
import type { InProcess, Stage } from '../endpoint/inProcess';
import { createStage, inProcess } from '../endpoint/inProcess';
import { answer, givenAnswers } from '../incidents/givenAnswers';

const permissions: Readonly<Record<HuntingApi, string>> = {
  graph: 'ThreatHunting.Read.All',
  defender: 'AdvancedHunting.Read.All',
  mde: 'AdvancedQuery.Read.All',
};
const services = { graph: 'graph', defender: 'defender', mde: 'endpoint' } as const;
const apis = ['graph', 'defender', 'mde'] as const;

let stage: Stage;
beforeEach(async () => {
  stage = await createStage(30);
});
const accessThrough = (api: HuntingApi, roles: readonly string[] = [permissions[api]]): InProcess =>
  inProcess(stage.state, roles, { api });
const through = (api: HuntingApi, roles?: readonly string[]): Hunter =>
  createHunter({ ...accessThrough(api, roles), api });
const failWith = (state: CloudState, api: HuntingApi, status: number, body: unknown, headers = {}): void =>
  state.behaviour.failNext({
    service: services[api],
    tenantId: firstTenant(state).tenantId,
    ...{ status, body, headers },
  });
const refusal = (message: string) => ({ error: { code: 'BadRequest', message } });

test.each(apis)('%s: one call, one permit, and the shape and rows are those of the others', async (api) => {
  const access = accessThrough(api);
  const found = await createHunter({ ...access, api }).hunt('DeviceInfo | take 3 | project DeviceId, OSBuild');
  expect(found).toEqual({
    schema: [
      { name: 'DeviceId', type: 'String' },
      { name: 'OSBuild', type: 'Int64' },
    ],
    rows: expect.arrayContaining([]) as unknown[],
    truncated: false,
  });
  expect(found.rows).toHaveLength(3);
  expect(found).toEqual(await through('graph').hunt('DeviceInfo | take 3 | project DeviceId, OSBuild'));
  expect(access.taken()).toBe(1);
  expect(access.calls[0]).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/json' } });
});

test.each(apis)('%s: filters, and refuses what is no query in its own words', async (api) => {
  const { rows } = await through(api).hunt("AlertInfo\n| where Severity == 'High'\n| take 1000");
  const { rows: all } = await through(api).hunt('AlertInfo');
  expect(rows).toEqual(all.filter(({ Severity }) => Severity === 'High'));
  expect(rows.length).toBeGreaterThan(0);
  for (const query of ['Nonsense | take 1', 'AlertInfo | explode', 'AlertInfo | where Colour == "x"']) {
    const refused = through(api).hunt(query);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_REQUEST', reason: 'query', fields: [{ field: 'query' }] });
    await expect(refused).rejects.toBeInstanceOf(HuntingQueryError);
  }
});

test.each(apis)('%s: the permission of another API, or of incidents, is not enough', async (api) => {
  const others = [...Object.values(permissions).filter((role) => role !== permissions[api]), 'Incident.Read.All'];
  await expect(through(api, [...others, 'SecurityIncident.Read.All']).hunt('AlertInfo')).rejects.toMatchObject({
    code: 'ERR_CONSENT',
    reason: 'roleMissing',
  });
});

test.each(apis)('%s: too much found, too much work and a bad query are told apart', async (api) => {
  const { state } = stage;
  const hunt = () => through(api).hunt('AlertInfo');
  const tooBig =
    'Query execution has exceeded the allowed result size. Optimize your query by limiting the number of results and try again';
  for (const [message, reason] of [
    [tooBig, 'resultSize'],
    ['Query execution has exceeded the allowed limits. Optimize your query.', 'effort'],
    ['Query execution timed out', 'effort'],
    ["'where' operator: Failed to resolve scalar expression named 'cpu'", 'query'],
  ]) {
    failWith(state, api, 400, refusal(message!));
    await expect(hunt()).rejects.toMatchObject({ code: 'ERR_REQUEST', reason });
  }
  failWith(state, api, 413, '<html>Request Entity Too Large</html>');
  await expect(hunt()).rejects.toMatchObject({ reason: 'query' });
  failWith(state, api, 504, { error: { code: 'UnknownError', message: '' } });
  await expect(hunt()).rejects.toMatchObject({ code: 'ERR_UPSTREAM' });
});

test.each(apis)('%s: a 429 by calls waits as it says, one by CPU until the next quarter of an hour', async (api) => {
  const { state, clock } = stage;
  clock.advance(4 * 60);
  const hunt = () => through(api).hunt('AlertInfo');
  const limit = (message: string) => ({ error: { code: 'TooManyRequests', message } });
  failWith(state, api, 429, limit('Too many requests, try again in 20 seconds.'));
  await expect(hunt()).rejects.toMatchObject({ code: 'ERR_THROTTLED', allowance: 'calls', retryAfterMs: 20_000 });
  failWith(state, api, 429, limit('The tenant has used its allocated CPU.'));
  await expect(hunt()).rejects.toMatchObject({ allowance: 'cpu', retryAfterMs: 11 * 60_000 });
  failWith(state, api, 429, limit('Quota of running time is reached'), { 'Retry-After': '300' });
  await expect(hunt()).rejects.toMatchObject({ allowance: 'cpu', retryAfterMs: 300_000 });
  failWith(state, api, 429, {});
  await expect(hunt()).rejects.toBeInstanceOf(HuntingThrottledError);
});

describe('the time of a hunt', () => {
  test('narrows it through Graph', async () => {
    const graph = through('graph');
    const all = (await graph.hunt('AlertInfo')).rows;
    const from = '2026-11-13T12:00:00Z';
    const expected = all.filter(({ Timestamp }) => (Timestamp as string) >= from.slice(0, 19));
    for (const timespan of ['P7D', from, `${from}/P7D`, `${from}/2026-11-20T12:00:00Z`, 'P7D/2026-11-20T12:00:00Z'])
      expect((await graph.hunt('AlertInfo', timespan)).rows).toEqual(expected);
    expect(expected.length).toBeLessThan(all.length);
  });

  test.each(['7d', 'P', 'PT', 'P7D/P7D', 'yesterday', '2026-11-13/2026-11-14/2026-11-15', "P7D' or 1"])(
    '%j is refused before any call',
    async (timespan) => {
      const access = accessThrough('graph');
      await expect(createHunter({ ...access, api: 'graph' }).hunt('AlertInfo', timespan)).rejects.toMatchObject({
        fields: [{ field: 'timespan' }],
      });
      expect(access.calls).toEqual([]);
    },
  );

  test.each(['defender', 'mde'] as const)('%s does not know it, and it is never left out in silence', async (api) => {
    const access = accessThrough(api);
    await expect(createHunter({ ...access, api }).hunt('AlertInfo', 'P7D')).rejects.toBeInstanceOf(RequestError);
    expect(access.calls).toEqual([]);
  });
});

test.each(['', ' \n', 'x'.repeat(100_001), '\ud800'])('a query that cannot be sent is not', async (query) => {
  const access = accessThrough('graph');
  await expect(createHunter({ ...access, api: 'graph' }).hunt(query)).rejects.toBeInstanceOf(HuntingQueryError);
  expect(access.calls).toEqual([]);
});

describe('on 2027-02-01', () => {
  const on = (api: HuntingApi, now: string) => {
    const given = givenAnswers([answer({ Schema: [], Results: [], schema: [], results: [] })]);
    const clock = { now: () => Date.parse(now), elapsedMs: () => 0 };
    const hunter = createHunter({ ...given, clock, api, endpoint: 'https://api.example' });
    return { given, hunt: () => hunter.hunt('AlertInfo') };
  };

  test.each(['defender', 'mde'] as const)('%s has stopped: no call is made, and Graph is named', async (api) => {
    const { given, hunt } = on(api, '2027-02-01T00:00:00Z');
    await expect(hunt()).rejects.toThrow(/2027-02-01.*runHuntingQuery.*ThreatHunting\.Read\.All/);
    expect(given.calls).toEqual([]);
    expect((await on(api, '2027-01-31T23:59:59Z').hunt()).rows).toEqual([]);
  });

  test('Graph goes on', async () => {
    expect((await on('graph', '2027-02-01T00:00:00Z').hunt()).rows).toEqual([]);
  });
});
