import { ContractError } from '../../../../shared/errors';
import { fromGraphIncident } from '../../../../shared/incidents/graph/fromGraphIncident';
import type { Json, JsonObject } from '../../../../shared/model/incident';
import type { Time7 } from '../../../../shared/model/time7';

const asOf = '2026-11-20T08:00:00.0000000Z' as Time7;
const convert = (raw: Json, never: readonly string[] = [], expanded = true) =>
  fromGraphIncident(raw, { never, expanded, asOf });

const raw: JsonObject = {
  '@odata.type': '#microsoft.graph.security.incident',
  id: '2972395',
  tenantId: 'b3c1b5fc-828c-45fa-a1e1-10d74f6d6e9c',
  status: 'active',
  incidentWebUrl: 'https://security.microsoft.com/incidents/2972395?tid=12f988bf-16f1-11af-11ab-1d7cd011db47',
  redirectIncidentId: null,
  displayName: 'Multi-stage incident involving Initial access & Command and control on multiple endpoints 日本',
  createdDateTime: '2021-08-13T08:43:35.5533333Z',
  lastUpdateDateTime: '2021-09-30T09:35:45.113Z',
  assignedTo: 'KaiC@contoso.com',
  classification: 'truePositive',
  determination: 'multiStagedAttack',
  severity: 'medium',
  customTags: ['Demo'],
  comments: [],
  systemTags: ['Defender Experts'],
  alerts: [{ id: 'da637551227677560813_-961444813' }, { id: 'ed637551227677560813_-961444814' }],
};

test('an incident as Graph shows it becomes header, version and body', () => {
  expect(convert(raw)).toEqual({
    backend: 'graph',
    header: {
      incidentId: '2972395',
      displayName: 'Multi-stage incident involving Initial access & Command and control on multiple endpoints 日本',
      status: 'active',
      severity: 'medium',
      classification: 'truePositive',
      determination: 'multiStagedAttack',
      assignedTo: 'KaiC@contoso.com',
      createdDateTime: '2021-08-13T08:43:35.5533333Z',
      lastUpdateDateTime: '2021-09-30T09:35:45.113Z',
      redirectIncidentId: null,
      incidentWebUrl: 'https://security.microsoft.com/incidents/2972395?tid=12f988bf-16f1-11af-11ab-1d7cd011db47',
      alertsCount: 2,
    },
    version: '2021-09-30T09:35:45.1130000Z',
    body: raw,
    complete: true,
    asOf,
  });
});

test('values and fields nobody knows pass through', () => {
  const odd = convert({ ...raw, status: 'unknownFutureValue', severity: 'catastrophic', newField: { a: [1] } });
  expect(odd.header).toMatchObject({ status: 'unknownFutureValue', severity: 'catastrophic' });
  expect(odd.body.newField).toEqual({ a: [1] });
});

test('one strange field costs that field, not the incident', () => {
  const { header, body } = convert({ ...raw, displayName: 7, assignedTo: {}, redirectIncidentId: [], severity: null });
  expect(header).toMatchObject({ displayName: null, assignedTo: null, redirectIncidentId: null, severity: null });
  expect(body.displayName).toBe(7);
});

test('ids may come as numbers', () => {
  expect(convert({ ...raw, id: 4711, redirectIncidentId: 12 }).header).toMatchObject({
    incidentId: '4711',
    redirectIncidentId: '12',
  });
});

test.each<[string, Json | undefined, Json, number]>([
  ['missing', undefined, [], 0],
  ['null', null, [], 0],
  ['a single object', { id: 'a' }, [{ id: 'a' }], 1],
  ['an empty list', [], [], 0],
])('alerts that are %s become a list', (_, alerts, list, count) => {
  const without = Object.fromEntries(Object.entries(raw).filter(([name]) => name !== 'alerts'));
  const { header, body } = convert(alerts === undefined ? without : { ...without, alerts });
  expect(body.alerts).toEqual(list);
  expect(header.alertsCount).toBe(count);
});

test('an incident whose alerts were not asked for is incomplete', () => {
  expect(convert(raw, [], false).complete).toBe(false);
});

test('what a contract withholds is in neither header nor body', () => {
  const kept = convert(raw, ['assignedTo', 'alerts.id', 'comments']);
  expect(kept.header.assignedTo).toBeNull();
  expect(JSON.stringify(kept)).not.toMatch(/KaiC|da637551|comments/);
  expect(kept.header.alertsCount).toBe(2);
});

test.each<[string, Json]>([
  ['no object', null],
  ['a list', [raw]],
  ['a text', 'incident'],
  ['without id', { ...raw, id: null }],
  ['with an empty id', { ...raw, id: '' }],
  ['with a negative id', { ...raw, id: -1 }],
  ['without last update', { ...raw, lastUpdateDateTime: null }],
  ['with a last update that is no instant', { ...raw, lastUpdateDateTime: '2025-07-03T12:16:01+053088Z' }],
])('an incident that is %s is a ContractError', (_, broken) => {
  expect(() => convert(broken)).toThrow(ContractError);
});

test('a contract that withholds the id is a ContractError too, and the message names the field only', () => {
  expect(() => convert(raw, ['id'])).toThrow("an incident's id cannot be read");
});
