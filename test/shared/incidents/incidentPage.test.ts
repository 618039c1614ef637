import { ContractError, UpstreamError } from '../../../shared/errors';
import type { PageReading } from '../../../shared/incidents/incidentPage';
import { toIncidentPage } from '../../../shared/incidents/incidentPage';
import { fromDefenderIncident } from '../../../shared/incidents/defender/fromDefenderIncident';
import { fromGraphIncident } from '../../../shared/incidents/graph/fromGraphIncident';
import { beginning } from '../../../shared/model/time7';
import type { IncidentPage, IncomingAnswer } from '../../../shared/ports';
import { answer, tenantId } from './givenAnswers';

interface Dialect {
  readonly id: string;
  readonly updated: string;
  readonly created: string;
  readonly reading: PageReading;
}

const graph: Dialect = {
  id: 'id',
  updated: 'lastUpdateDateTime',
  created: 'createdDateTime',
  reading: {
    api: 'Graph',
    tenantId,
    idField: 'id',
    pageSize: 50,
    toIncident: (row, asOf) => fromGraphIncident(row, { never: [], expanded: true, asOf }),
  },
};
const defender: Dialect = {
  id: 'incidentId',
  updated: 'lastUpdateTime',
  created: 'createdTime',
  reading: {
    api: 'Defender',
    tenantId,
    idField: 'incidentId',
    pageSize: 100,
    toIncident: (row, asOf) =>
      fromDefenderIncident(row, { tenantId, portal: 'https://portal.example', never: [], complete: true, asOf }),
  },
};

describe.each([
  ['graph', graph],
  ['defender', defender],
])('a page of %s', (_, { id, updated, created, reading }) => {
  const row = (number: number, more: object = {}) => ({
    [id]: number,
    [updated]: '2026-11-20T07:00:00Z',
    [created]: '2026-11-20T06:00:00Z',
    ...more,
  });
  const read = (given: IncomingAnswer, by?: 'created'): IncidentPage =>
    toIncidentPage(given, { from: beginning, ...(by && { by }) }, reading);
  const idsOf = ({ incidents }: IncidentPage): string[] => incidents.map(({ header }) => header.incidentId);
  const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

  test.each<[string, unknown, string | undefined]>([
    ['is null', null, undefined],
    ['is a text', 'incident', undefined],
    ['is a list', [row(2)], undefined],
    ['has no id', row(2, { [id]: undefined }), undefined],
    ['has a null id', row(2, { [id]: null }), undefined],
    ['has an empty id', row(2, { [id]: '' }), undefined],
    ['has an object for an id', row(2, { [id]: {} }), undefined],
    ['has an id that leads elsewhere in a path', row(2, { [id]: '..' }), '..'],
    ['has half a surrogate pair for an id', row(2, { [id]: '\ud800' }), '\ud800'],
    ['has an id that lost digits on its way', row(2, { [id]: 2 ** 60 }), undefined],
    ['has no last update', row(2, { [updated]: undefined }), '2'],
    ['has a number for a last update', row(2, { [updated]: 1795161600 }), '2'],
    ['has a malformed last update', row(2, { [updated]: '2025-07-03T12:16:01+053088Z' }), '2'],
    ['has a last update without a zone', row(2, { [updated]: '2025-07-03T12:16:01' }), '2'],
  ])('whose one row %s keeps the others, and tells of the one what can be told', (__, broken, incidentId) => {
    const page = read(answer({ value: [row(1), broken, row(3)] }));
    expect(idsOf(page)).toEqual(['1', '3']);
    expect(page.broken).toEqual([{ incidentId, reason: expect.stringMatching(/^an incident/) as string }]);
  });

  test.each([101, 5_000, 100_000])('whose one row is nested %i deep keeps the others', (depth) => {
    const rows = [JSON.stringify(row(1)), JSON.stringify(row(2, { x: 0 })).replace('"x":0', `"x":${deep(depth)}`)];
    const page = read(answer(`{"value":[${rows.join(',')}]}`));
    expect(idsOf(page)).toEqual(['1']);
    expect(page.broken).toEqual([{ incidentId: '2', reason: 'an incident is nested deeper than 100' }]);
  });

  test('whose one row throws something unforeseen keeps the others, and does not quote it', () => {
    const toIncident: PageReading['toIncident'] = (raw, asOf) => {
      if (JSON.stringify(raw).includes('bomb')) throw new RangeError('Invalid string length: bomb');
      return reading.toIncident(raw, asOf);
    };
    const given = answer({ value: [row(1, { note: 'bomb' }), row(2)] });
    const page = toIncidentPage(given, { from: beginning }, { ...reading, toIncident });
    expect(idsOf(page)).toEqual(['2']);
    expect(page.broken).toEqual([{ incidentId: '1', reason: 'an incident cannot be taken in (RangeError)' }]);
  });

  test('counts broken rows where it counts its rows', () => {
    const rows = Array.from({ length: reading.pageSize }, (__, number) => (number === 7 ? null : row(number)));
    expect(read(answer({ value: rows }))).toMatchObject({ more: true, broken: [{}] });
    expect(read(answer({ value: rows.slice(1) })).more).toBe(false);
  });

  test('by creation has no place for a row without one; by last update it has', () => {
    const given = answer({ value: [row(1), row(2, { [created]: 'yesterday' })] });
    expect(read(given, 'created')).toMatchObject({ incidents: [{}], broken: [{ incidentId: '2' }] });
    expect(read(given)).toMatchObject({ incidents: [{}, { header: { createdDateTime: null } }], broken: [] });
  });

  test('with a row of another tenant is refused whole, be that row broken or not', () => {
    const foreign = { tenantId: 'aaaaaaaa-0000-4000-8000-000000000001' };
    for (const rows of [
      [row(1), row(2, foreign)],
      [{ ...foreign, [id]: null }, row(1)],
    ])
      expect(() => read(answer({ value: rows }))).toThrow(ContractError);
  });

  test('with rows that name this tenant, in whatever case, or none, is taken', () => {
    const names = [tenantId, tenantId.toUpperCase(), '', null, undefined, 7];
    const rows = names.map((name, at) => row(at, { tenantId: name }));
    expect(read(answer({ value: rows })).broken).toEqual([]);
  });

  test.each<[string, string]>([
    ['is HTML', '<html>sign in</html>'],
    ['is empty', ''],
    ['is blank', ' '],
    ['begins with a byte order mark', '\ufeff{"value":[]}'],
    ['is cut inside a row', '{"value":[{"id":"1","lastUp'],
    ['is cut between rows', '{"value":[{"id":"1"},'],
    ['is followed by HTML', '{"value":[]}<html>'],
  ])('that %s is refused whole as passing', (__, body) => {
    expect(() => read(answer(body))).toThrow(UpstreamError);
  });

  test.each<[string, unknown]>([
    ['no value', {}],
    ['null for a value', { value: null }],
    ['an object for a value', { value: { 0: row(1) } }],
    ['an error for an answer', { error: { code: 'x', message: 'y' } }],
    ['a list outside', [row(1)]],
    ['null', null],
    ['a text', '"ok"'],
  ])('with %s is refused whole as a breach', (__, body) => {
    expect(() => read(answer(body))).toThrow(ContractError);
  });

  test('without a readable Date is refused: coverage could not be stated', () => {
    for (const headers of [{}, { date: 'today' }])
      expect(() => read(answer({ value: [] }, { headers }))).toThrow(ContractError);
  });
});
