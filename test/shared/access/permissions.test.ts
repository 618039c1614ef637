import { missingNeeds, needs, needsOf, permissionText } from '../../../shared/access/permissions';

const features = (registration: 'reader' | 'writer' | 'defender', api: 'graph' | 'mtp' | 'mde'): readonly string[] =>
  needsOf(registration, api).map(({ feature }) => feature);

test('each registration needs what it is there for first', () => {
  expect(features('reader', 'graph')).toEqual(['incidents', 'alerts', 'hunting']);
  expect(features('writer', 'graph')).toEqual(['writing']);
  expect(features('writer', 'mtp')).toEqual(['writing']);
  expect(features('defender', 'mtp')).toEqual(['incidents', 'hunting']);
  expect(features('defender', 'mde')).toEqual(['machines', 'alerts']);
  expect(features('reader', 'mde')).toEqual([]);
});

test.each([
  ['application', ['SecurityIncident.Read.All'], ['hunting', 'writing']],
  ['application', ['SecurityIncident.ReadWrite.All', 'ThreatHunting.Read.All'], []],
  ['application', ['SecurityAlert.Read.All'], ['incidents', 'hunting', 'writing']],
  ['application', [], ['incidents', 'alerts', 'hunting', 'writing']],
] as const)('a %s token with %j lacks %j of Graph', (kind, held, missing) => {
  expect(missingNeeds(needs.graph, kind, held).map(({ feature }) => feature)).toEqual(missing);
});

test('an application’s role opens nothing in a person’s token, nor the other way round', () => {
  expect(missingNeeds(needs.mtp, 'delegated', ['Incident.Read.All'])).toHaveLength(3);
  expect(missingNeeds(needs.mtp, 'application', ['Incident.Read'])).toHaveLength(3);
  expect(missingNeeds(needs.mde, 'delegated', ['Machine.Read', 'Alert.Read', 'AdvancedQuery.Read'])).toEqual([]);
});

test('what is asked for has the least of the permissions that would do, and the resource’s name', () => {
  expect(permissionText('mde', 'delegated', needsOf('defender', 'mde'))).toBe(
    'Machine.Read, Alert.Read of WindowsDefenderATP',
  );
});
