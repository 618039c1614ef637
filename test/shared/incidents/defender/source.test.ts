import { ConsentError, ContractError, ThrottledError, UpstreamError } from '../../../../shared/errors';
import { defenderSource } from '../../../../shared/incidents/defender/source';
import type { Time7 } from '../../../../shared/model/time7';
import { beginning } from '../../../../shared/model/time7';
import type { ChangedQuery, IncomingAnswer } from '../../../../shared/ports';
import { answer, givenAnswers, tenantId } from '../givenAnswers';

const at = (second: string): Time7 => `2026-11-20T07:00:${second}.0000000Z` as Time7;
const incident = (id: number, more: object = {}) => ({
  incidentId: id,
  createdTime: '2026-11-20T06:00:00Z',
  lastUpdateTime: '2026-11-20T07:00:00Z',
  ...more,
});
const sourceOver = (answers: readonly IncomingAnswer[], never: readonly string[] = []) => {
  const given = givenAnswers(answers);
  const portal = 'https://portal.example';
  return { ...given, source: defenderSource({ ...given, endpoint: 'https://defender.example', portal, never }) };
};
const urlOf = async (query: ChangedQuery): Promise<string> => {
  const { source, calls } = sourceOver([answer({ value: [] })]);
  await source.listChanged(query);
  return decodeURIComponent(calls[0]!.url);
};

test('Defender is paged by slices, a hundred a page, and alerts are always inside', () => {
  expect(sourceOver([]).source).toMatchObject({ paging: 'slices', pageSize: 100, alertsApart: false });
});

describe('the request for a page', () => {
  const root = 'https://defender.example/api/incidents?';

  test.each<[string, ChangedQuery, string]>([
    ['all there is', { from: beginning }, '$top=100'],
    ['an open slice', { from: at('01') }, '$filter=lastUpdateTime ge 2026-11-20T07:00:01.0000000Z&$top=100'],
    [
      'a closed slice, both edges included',
      { from: at('01'), to: at('09'), skip: 0 },
      '$filter=lastUpdateTime ge 2026-11-20T07:00:01.0000000Z and lastUpdateTime le 2026-11-20T07:00:09.0000000Z&$top=100',
    ],
    [
      'a later page of a slice',
      { from: beginning, to: at('09'), skip: 99 },
      '$filter=lastUpdateTime le 2026-11-20T07:00:09.0000000Z&$top=100&$skip=99',
    ],
    [
      'a slice by creation',
      { from: at('01'), by: 'created' },
      '$filter=createdTime ge 2026-11-20T07:00:01.0000000Z&$top=100',
    ],
    ['one state', { from: beginning, status: 'inProgress' }, "$filter=status eq 'InProgress'&$top=100"],
    [
      'no alerts, which it cannot',
      { from: beginning, status: 'active', alerts: false },
      "$filter=status eq 'Active'&$top=100",
    ],
  ])('asks for %s', async (_, query, parameters) => {
    expect(await urlOf(query)).toBe(`${root}${parameters}`);
  });
});

describe('the page', () => {
  const read = (given: IncomingAnswer) => sourceOver([given]).source.listChanged({ from: beginning });

  test('holds incidents in the order of the answer, complete, with the server’s time', async () => {
    expect(await read(answer({ value: [incident(2), incident(1)] }))).toMatchObject({
      serverTime: '2026-11-20T08:00:00.0000000Z',
      more: false,
      broken: [],
      incidents: [
        {
          backend: 'defender',
          complete: true,
          header: { incidentId: '2', incidentWebUrl: `https://portal.example/incident2/2/overview?tid=${tenantId}` },
        },
        { header: { incidentId: '1' } },
      ],
    });
  });

  test('that is full, or has a nextLink, says that more may follow; the link is not asked', async () => {
    const full = Array.from({ length: 100 }, (_, id) => incident(id));
    expect((await read(answer({ value: full }))).more).toBe(true);
    expect((await read(answer({ value: full.slice(1) }))).more).toBe(false);
    const { source, calls } = sourceOver([answer({ value: [], '@odata.nextLink': 'https://evil.example/x' })]);
    expect((await source.listChanged({ from: beginning })).more).toBe(true);
    expect(calls).toHaveLength(1);
  });

  test('that is partial says so', async () => {
    expect((await read(answer({ value: [] }, { status: 206 }))).incomplete).toBe('206');
  });

  test('keeps what it can of a row that is broken', async () => {
    const page = await read(answer({ value: [incident(1), incident(2, { lastUpdateTime: null })] }));
    expect(page.incidents).toHaveLength(1);
    expect(page.broken).toMatchObject([{ incidentId: '2' }]);
  });
});

test.each<[string, readonly IncomingAnswer[], new (...args: never[]) => Error]>([
  ['401 twice', [answer('', { status: 401 }), answer('', { status: 401 })], ConsentError],
  ['403', [answer('', { status: 403 })], ConsentError],
  ['429', [answer('', { status: 429 })], ThrottledError],
  ['500 with nothing', [answer('', { status: 500 })], UpstreamError],
  ['400', [answer('', { status: 400 })], ContractError],
  ['HTML', [answer('<html>')], UpstreamError],
])('%s is an error', async (_, answers, kind) => {
  await expect(sourceOver(answers).source.listChanged({ from: beginning })).rejects.toBeInstanceOf(kind);
});

describe('one incident', () => {
  test('is asked for by its id, whatever is said of alerts', async () => {
    const one = { ...incident(4711), '@odata.context': 'https://api.security.microsoft.com/api/$metadata' };
    const { source, calls } = sourceOver([answer(one), answer(one)]);
    const shown = await source.get('4711');
    expect(shown).toMatchObject({ backend: 'defender', complete: true, header: { incidentId: '4711' } });
    expect(shown!.body).not.toHaveProperty(['@odata.context']);
    expect(await source.get('4711', { alerts: false })).toEqual(shown);
    expect(calls.map(({ url }) => url)).toEqual([
      'https://defender.example/api/incidents/4711',
      'https://defender.example/api/incidents/4711',
    ]);
    expect(await source.withAlerts(shown!)).toBe(shown);
  });

  test('that is not there is undefined, another one or a broken one a ContractError', async () => {
    expect(await sourceOver([answer('', { status: 404 })]).source.get('1')).toBeUndefined();
    for (const given of [incident(2), incident(1, { lastUpdateTime: 'now' }), [incident(1)]])
      await expect(sourceOver([answer(given)]).source.get('1')).rejects.toBeInstanceOf(ContractError);
  });

  test('that is served in part is not complete', async () => {
    expect(await sourceOver([answer(incident(1), { status: 206 })]).source.get('1')).toMatchObject({ complete: false });
  });
});
