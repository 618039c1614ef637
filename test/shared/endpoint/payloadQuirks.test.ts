import { fromEndpointAlert } from '../../../shared/endpoint/fromEndpointAlert';
import { fromEndpointMachine } from '../../../shared/endpoint/fromEndpointMachine';
import { fromMachineAction, stateOf } from '../../../shared/endpoint/fromMachineAction';
import type { Json, JsonObject } from '../../../shared/model/incident';

const machine = (more: JsonObject) => fromEndpointMachine({ id: 'a', ...more });
const action = (more: JsonObject) => fromMachineAction({ id: 'a', ...more });

test('1: an alert’s incident is a number here and the text Graph uses', () => {
  expect(fromEndpointAlert({ id: 'da1', incidentId: 2972395 }, 't').incidentId).toBe('2972395');
  expect(fromEndpointAlert({ id: 'da1', incidentId: null }, 't').incidentId).toBeNull();
});

test.each([null, undefined, '', 'None', 'null'])('8: "none" spelt %j is none', (none) => {
  const shown = none === undefined ? {} : { aadDeviceId: none, riskScore: none };
  expect(machine(shown)).toMatchObject({ aadDeviceId: null, riskScore: null });
});

test('10: evidence may be missing, null, or a single object', () => {
  const evidenceOf = (more: JsonObject) => fromEndpointAlert({ id: 'a', ...more }, 't').evidence;
  expect(evidenceOf({})).toEqual([]);
  expect(evidenceOf({ evidence: null })).toEqual([]);
  expect(evidenceOf({ evidence: { entityType: 'Ip' } })).toEqual([{ entityType: 'Ip' }]);
});

test.each<[Json, string | null]>([
  [19045, '19045'],
  [6, '6'],
  ['19045', '19045'],
  [null, null],
  [{ odd: 1 }, null],
])('12: osBuild and rbacGroupId %j are text or null, and the machine stays', (sent, read) => {
  const shown = machine({ osBuild: sent, rbacGroupId: sent });
  expect(shown).toMatchObject({ id: 'a', osBuild: read, rbacGroupId: read });
  expect(shown.body).toMatchObject({ osBuild: sent, rbacGroupId: sent });
});

test.each<[string, string]>([
  ['TimeOut', 'failed'],
  ['Cancelled', 'cancelled'],
  ['Canceled', 'cancelled'],
  ['Succeeded', 'succeeded'],
  ['succeeded', 'succeeded'],
  ['InProgress', 'underWay'],
  ['Sleeping', 'unknown'],
  ['constructor', 'unknown'],
])('14: an action that is %s has %s', (status, state) => {
  expect(action({ status }).status).toBe(status);
  expect(stateOf(action({ status }))).toBe(state);
});

test('14: errorHResult is negative, and actions of 11 and of 20 fields are read alike', () => {
  const few = { type: 'Isolate', requestor: 'ana@contoso.example', status: 'TimeOut', errorHResult: -2147024809 };
  const many = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`field${at}`, at]));
  for (const sent of [few, { ...few, ...many }]) {
    expect(action(sent)).toMatchObject({ requestor: 'ana@contoso.example', errorHResult: -2147024809, scope: null });
    expect(action(sent).body).toEqual({ id: 'a', ...sent });
  }
});

test('an action’s last update is read under both of its spellings', () => {
  const time = '2026-11-20T07:00:00.1234567Z';
  expect(action({ lastUpdateDateTimeUtc: time }).lastUpdatedAt).toBe(time);
  expect(action({ lastUpdateTimeUtc: time }).lastUpdatedAt).toBe(time);
  expect(action({ lastUpdateTimeUtc: '2025-07-03T12:16:01+053088Z' }).lastUpdatedAt).toBeNull();
});
