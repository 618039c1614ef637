import { answerHunt } from '../../../../local/microsoft/hunting/answerHunt';
import type { CloudState } from '../../../../local/microsoft/state';
import { machinesOf } from '../../../../local/microsoft/world/people';
import { createTestCloud, firstTenant, listPage } from '../testCloud';

let state: CloudState;
beforeAll(async () => {
  state = await createTestCloud();
});

type Api = Parameters<typeof answerHunt>[3];
const hunt = (body: unknown, api: Api = 'graph'): Record<string, unknown> => {
  const request = { method: 'POST', url: '', headers: { 'content-type': 'application/json' } };
  const answer = answerHunt(state, { ...request, body: JSON.stringify(body) }, firstTenant(state), api);
  return JSON.parse(answer.body) as Record<string, unknown>;
};
const rowsOf = (Query: string) => hunt({ Query }).results as Record<string, unknown>[];

test('devices are the tenant’s machines, alerts those its incidents show of the last 30 days', () => {
  expect(rowsOf('DeviceInfo').map(({ DeviceId }) => DeviceId)).toEqual(
    machinesOf(firstTenant(state)).map(({ mdeDeviceId }) => mdeDeviceId),
  );
  const shown = listPage(state, { $expand: 'alerts' }).value.flatMap(({ alerts = [] }) => alerts);
  const young = shown.filter(({ createdDateTime }) => String(createdDateTime) >= '2026-10-21T12:00:00');
  const hunted = new Set(rowsOf('AlertInfo').map(({ AlertId }) => AlertId));
  expect(young.length).toBeGreaterThan(0);
  expect(young.filter(({ id }) => !hunted.has(id))).toEqual([]);
  expect(rowsOf('AlertInfo').filter(({ Timestamp }) => String(Timestamp) < '2026-10-21T12:00:00')).toEqual([]);
});

test('steps run in order; a bar or a quote inside a text is no step', () => {
  const [{ Count: all } = {}] = rowsOf('AlertInfo | count');
  const [{ Count: high } = {}] = rowsOf('AlertInfo | where Severity == "High" | count');
  const [{ Count: others } = {}] = rowsOf("AlertInfo | where Severity != 'High' | count");
  expect(Number(high) + Number(others)).toBe(all);
  expect(rowsOf('// newest\nAlertInfo\n| take 2\n| project Title;').map(Object.keys)).toEqual([['Title'], ['Title']]);
  expect(rowsOf('AlertInfo | where Title == "a | take 1"')).toEqual([]);
  expect(rowsOf("DeviceInfo | where DeviceName == 'O\\'Hara'")).toEqual([]);
});

test.each<[string, Api, string[]]>([
  ['Graph', 'graph', ['@odata.context', 'schema', 'results']],
  ['Microsoft Threat Protection', 'defender', ['Stats', 'Schema', 'Results']],
  ['Defender for Endpoint', 'endpoint', ['Schema', 'Results']],
])('%s answers in its own spelling', (_, api, names) => {
  expect(Object.keys(hunt({ Query: 'AlertInfo | take 1' }, api))).toEqual(names);
});

test.each<[unknown, Api]>([
  [{}, 'graph'],
  [{ query: 'AlertInfo' }, 'defender'],
  [{ Query: 'AlertInfo', Timespan: 'P1D' }, 'endpoint'],
  [{ Query: 'AlertInfo', Timespan: 'a week' }, 'graph'],
  [{ Query: 'Nothing' }, 'graph'],
  [{ Query: 'AlertInfo | take x' }, 'graph'],
  [{ Query: 'AlertInfo | where Severity = "High"' }, 'graph'],
  [{ Query: 'DeviceInfo | where OSBuild == "1"' }, 'graph'],
  [{ Query: 'AlertInfo | project Colour' }, 'graph'],
  [[], 'graph'],
])('%j is refused by %s', (body, api) => {
  expect(() => hunt(body, api)).toThrow(expect.objectContaining({ status: 400 }) as Error);
});
