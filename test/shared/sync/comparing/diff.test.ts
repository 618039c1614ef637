import type { JsonObject, ObservedIncident } from '../../../../shared/model/incident';
import type { Time7 } from '../../../../shared/model/time7';
import type { KnownIncident } from '../../../../shared/store/incidents';
import { isWritten, judge } from '../../../../shared/sync/comparing/diff';

const shown = (second: number, body: JsonObject = { id: '1', note: 'a' }): ObservedIncident => ({
  backend: 'graph',
  header: {
    incidentId: '1',
    displayName: null,
    status: 'active',
    severity: null,
    classification: null,
    determination: null,
    assignedTo: null,
    createdDateTime: null,
    lastUpdateDateTime: `2026-11-20T08:00:0${second}Z`,
    redirectIncidentId: null,
    incidentWebUrl: null,
    alertsCount: 0,
  },
  version: `2026-11-20T08:00:0${second}.0000000Z` as Time7,
  body,
  complete: true,
  asOf: '2026-11-20T09:00:00.0000000Z' as Time7,
});
const stored = (incident: ObservedIncident, change: Partial<KnownIncident> = {}): KnownIncident => ({
  etag: 'e',
  version: incident.version,
  ...judge(incident, undefined).digests,
  status: 'active',
  bodyBlob: null,
  complete: true,
  misses: 0,
  announced: {},
  ...change,
});
const differenceOf = (incident: ObservedIncident, known: KnownIncident | undefined) =>
  judge(incident, known).difference;

test('what is not stored is new', () => {
  expect(differenceOf(shown(1), undefined)).toBe('new');
});

test('the same content at the same version is unchanged', () => {
  expect(differenceOf(shown(1), stored(shown(1)))).toBe('unchanged');
});

test('other content is changed, at a newer version and at the same one', () => {
  expect(differenceOf(shown(2, { id: '1', note: 'b' }), stored(shown(1)))).toBe('changed');
  expect(differenceOf(shown(1, { id: '1', note: 'b' }), stored(shown(1)))).toBe('changed');
});

test('an older version than the stored one is stale, whatever its content', () => {
  expect(differenceOf(shown(1), stored(shown(2)))).toBe('stale');
  expect(differenceOf(shown(1, { id: '1', note: 'b' }), stored(shown(2)))).toBe('stale');
});

test('a digest of another recipe at the same version is only digested anew', () => {
  expect(differenceOf(shown(1), stored(shown(1), { bodyDigest: 'b0.old' }))).toBe('redigested');
  expect(differenceOf(shown(2), stored(shown(1), { bodyDigest: 'b0.old' }))).toBe('changed');
});

test('through another back end the same version is only digested anew, a newer one is a change that nobody watches', () => {
  const graphs = stored(shown(1, { id: '1', tenantId: 't', summary: null }));
  const throughDefender = (second: number) => ({ ...shown(second, { id: '1' }), backend: 'defender' as const });
  expect(differenceOf(throughDefender(1), graphs)).toBe('redigested');
  const newer = judge(throughDefender(2), graphs);
  expect(newer.difference).toBe('changed');
  expect(newer.digests.watchedDigest).toBe(graphs.watchedDigest);
  expect(differenceOf(throughDefender(1), stored(throughDefender(1)))).toBe('unchanged');
  expect(differenceOf(shown(1), stored(throughDefender(1)))).toBe('redigested');
});

test('only what is new, changed or digested anew is written', () => {
  expect((['new', 'changed', 'redigested', 'unchanged', 'stale'] as const).filter(isWritten)).toEqual([
    'new',
    'changed',
    'redigested',
  ]);
});
