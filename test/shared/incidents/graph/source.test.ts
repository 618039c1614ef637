import { ConsentError, ContractError, ThrottledError, UpstreamError } from '../../../../shared/errors';
import { graphSource } from '../../../../shared/incidents/graph/source';
import type { Json, ObservedIncident } from '../../../../shared/model/incident';
import type { Time7 } from '../../../../shared/model/time7';
import { beginning } from '../../../../shared/model/time7';
import type { ChangedQuery, IncidentPage, IncomingAnswer } from '../../../../shared/ports';
import { answer, date, givenAnswers } from '../givenAnswers';

const at = (second: string): Time7 => `2026-11-20T07:00:${second}.0000000Z` as Time7;
const incident = (id: number | string, more: Readonly<Record<string, unknown>> = {}) => ({
  id: `${id}`,
  createdDateTime: '2026-11-20T06:00:00Z',
  lastUpdateDateTime: '2026-11-20T07:00:00Z',
  ...more,
});

const sourceOver = (answers: readonly IncomingAnswer[], never: readonly string[] = []) => {
  const given = givenAnswers(answers);
  return { ...given, source: graphSource({ ...given, endpoint: 'https://graph.example', never }) };
};
const urlOf = async (query: ChangedQuery): Promise<string> => {
  const { source, calls } = sourceOver([answer({ value: [] })]);
  await source.listChanged(query);
  return decodeURIComponent(calls[0]!.url);
};

test('Graph is paged by keyset, fifty a page, and can leave alerts out', () => {
  expect(sourceOver([]).source).toMatchObject({ paging: 'keyset', pageSize: 50, alertsApart: true });
});

describe('the request for a page', () => {
  const rest = '$orderby=lastUpdateDateTime asc&$top=50';
  const root = 'https://graph.example/v1.0/security/incidents?';

  test('asks from an instant on, that instant included, oldest first, 50 a page, alerts inside', async () => {
    expect(await urlOf({ from: at('01') })).toBe(
      `${root}$filter=lastUpdateDateTime ge 2026-11-20T07:00:01.0000000Z&${rest}&$expand=alerts`,
    );
  });

  test('has no filter where all there is is wanted', async () => {
    expect(await urlOf({ from: beginning })).toBe(`${root}${rest}&$expand=alerts`);
  });

  test('closes a range with its end included, and passes rows over only where told', async () => {
    const filter =
      '$filter=lastUpdateDateTime ge 2026-11-20T07:00:01.0000000Z and lastUpdateDateTime le 2026-11-20T07:00:09.0000000Z';
    expect(await urlOf({ from: at('01'), to: at('09'), skip: 0 })).toBe(`${root}${filter}&${rest}&$expand=alerts`);
    expect(await urlOf({ from: at('01'), to: at('09'), skip: 49 })).toBe(
      `${root}${filter}&${rest}&$skip=49&$expand=alerts`,
    );
  });

  test('by creation, filter and order are by creation', async () => {
    expect(await urlOf({ from: at('01'), to: at('09'), by: 'created' })).toBe(
      `${root}$filter=createdDateTime ge 2026-11-20T07:00:01.0000000Z and createdDateTime le 2026-11-20T07:00:09.0000000Z&$orderby=createdDateTime asc&$top=50&$expand=alerts`,
    );
  });

  test('of one state asks for that state, quotes in it doubled', async () => {
    expect(await urlOf({ from: beginning, status: 'active' })).toBe(
      `${root}$filter=status eq 'active'&${rest}&$expand=alerts`,
    );
    expect(await urlOf({ from: at('01'), status: "it's" })).toContain(".0000000Z and status eq 'it''s'&");
  });

  test('without alerts has no expand', async () => {
    expect(await urlOf({ from: beginning, alerts: false })).toBe(`${root}${rest}`);
  });

  test('asks for enum members in full', async () => {
    const { source, calls } = sourceOver([answer({ value: [] })]);
    await source.listChanged({ from: beginning });
    expect(calls[0]!.headers).toMatchObject({
      authorization: 'Bearer token-1',
      prefer: 'include-unknown-enum-members',
    });
  });
});

describe('a refusal', () => {
  const refused = (answers: readonly IncomingAnswer[]) => sourceOver(answers).source.listChanged({ from: beginning });

  test('by a second 401 is the tenant’s licence', async () => {
    const answers = [answer('', { status: 401 }), answer('', { status: 401 })];
    await expect(refused(answers)).rejects.toBeInstanceOf(ConsentError);
    await expect(refused(answers)).rejects.toMatchObject({ reason: 'licenceMissing' });
  });

  test('by a throttle after a 401 is the throttle', async () => {
    const answers = [answer('', { status: 401 }), answer('', { status: 429, headers: { 'retry-after': '3' } })];
    await expect(refused(answers)).rejects.toBeInstanceOf(ThrottledError);
  });
});

describe('the page', () => {
  const read = (given: IncomingAnswer, query: ChangedQuery = { from: beginning }): Promise<IncidentPage> =>
    sourceOver([given]).source.listChanged(query);

  test('tells the server’s time and that the list ends', async () => {
    expect(await read(answer({ value: [incident(1), incident(2)] }))).toMatchObject({
      serverTime: '2026-11-20T08:00:00.0000000Z',
      more: false,
      broken: [],
      incidents: [{ backend: 'graph', header: { incidentId: '1' }, complete: true }, { header: { incidentId: '2' } }],
    });
  });

  test('that is full, or has a nextLink, says that more may follow', async () => {
    const full = Array.from({ length: 50 }, (_, id) => incident(id));
    expect((await read(answer({ value: full }))).more).toBe(true);
    expect((await read(answer({ value: [], '@odata.nextLink': 'https://graph.example/next' }))).more).toBe(true);
    expect((await read(answer({ value: full.slice(1) }))).more).toBe(false);
  });

  test('with a nextLink to a foreign host asks no one anything', async () => {
    const { source, calls } = sourceOver([
      answer({ value: [incident(1)], '@odata.nextLink': 'https://evil.example/x' }),
    ]);
    await source.listChanged({ from: beginning });
    expect(calls.map(({ url }) => new URL(url).host)).toEqual(['graph.example']);
  });

  test('asked for without alerts holds incidents that are not complete, with a list of none', async () => {
    const page = await read(answer({ value: [incident(1)] }), { from: beginning, alerts: false });
    expect(page.incidents).toMatchObject([{ complete: false, header: { alertsCount: 0 }, body: { alerts: [] } }]);
  });

  test('whose alerts are themselves cut into pages holds incidents that are not complete', async () => {
    const cut = { ...incident(1, { alerts: [{ id: 'a' }] }), 'alerts@odata.nextLink': 'https://graph.example/x' };
    expect((await read(answer({ value: [cut, incident(2)] }))).incidents.map(({ complete }) => complete)).toEqual([
      false,
      true,
    ]);
  });

  test('that is partial by status or by a warning says so', async () => {
    expect((await read(answer({ value: [] }))).incomplete).toBeUndefined();
    expect((await read(answer({ value: [] }, { status: 206 }))).incomplete).toBe('206');
    const headers = { date, warning: '199 - "provider timed out"' };
    expect((await read(answer({ value: [] }, { headers }))).incomplete).toBe('200 199 - "provider timed out"');
  });

  test('keeps 200 characters of a warning: fifty gaps of them have to fit one row', async () => {
    const headers = { date, warning: 'w'.repeat(8_000) };
    expect((await read(answer({ value: [] }, { headers }))).incomplete).toBe(`200 ${'w'.repeat(196)}`);
  });

  test('leaves out what the contract withholds', async () => {
    const { source } = sourceOver([answer({ value: [incident(1, { assignedTo: 'x' })] })], ['assignedTo']);
    expect(JSON.stringify(await source.listChanged({ from: beginning }))).not.toContain('"x"');
  });
});

describe('one incident', () => {
  const one = incident('47/11', { alerts: [{ id: 'a' }], '@odata.context': 'https://graph.microsoft.com/$metadata' });

  test('is asked for by its id with its alerts, or without them', async () => {
    const { source, calls } = sourceOver([answer(one), answer({ ...one, alerts: undefined })]);
    expect(await source.get('47/11')).toMatchObject({
      complete: true,
      header: { incidentId: '47/11', alertsCount: 1 },
    });
    expect(await source.get('47/11', { alerts: false })).toMatchObject({ complete: false, body: { alerts: [] } });
    expect(calls.map(({ url }) => url)).toEqual([
      'https://graph.example/v1.0/security/incidents/47%2F11?$expand=alerts',
      'https://graph.example/v1.0/security/incidents/47%2F11',
    ]);
  });

  test('has the body it has in a list: what only an answer says is left out', async () => {
    const { source: list } = sourceOver([answer({ value: [{ ...one, '@odata.context': undefined }] })]);
    const listed = (await list.listChanged({ from: beginning })).incidents[0];
    const { source: single } = sourceOver([answer(one)]);
    expect(JSON.stringify((await single.get('47/11'))?.body)).toBe(JSON.stringify(listed?.body));
  });

  test('that is not there is undefined', async () => {
    expect(await sourceOver([answer('', { status: 404 })]).source.get('1')).toBeUndefined();
  });

  test('that is served in part is not complete', async () => {
    expect(await sourceOver([answer(one, { status: 206 })]).source.get('47/11')).toMatchObject({ complete: false });
  });

  test.each<[string, IncomingAnswer, new (...args: never[]) => Error]>([
    ['of another id', answer(incident(2)), ContractError],
    ['of another tenant', answer(incident(1, { tenantId: 'aaaaaaaa-0000-4000-8000-000000000001' })), ContractError],
    ['without a last update', answer({ id: '1' }), ContractError],
    ['that is a list', answer([incident(1)]), ContractError],
    ['that is nested too deep', answer(`{"id":"1","x":${'['.repeat(200)}${']'.repeat(200)}}`), ContractError],
    ['without a Date', answer(incident(1), { headers: {} }), ContractError],
    ['in HTML', answer('<html>'), UpstreamError],
    ['that cannot be had now', answer('', { status: 500 }), UpstreamError],
    ['that is throttled', answer('', { status: 429 }), ThrottledError],
  ])('%s is an error', async (_, given, kind) => {
    await expect(sourceOver([given]).source.get('1')).rejects.toBeInstanceOf(kind);
  });

  test.each(['', '.', '..', '\ud800'])('%j is no id one can ask for, and no call is made', async (id) => {
    const { source, calls } = sourceOver([]);
    await expect(source.get(id)).rejects.toBeInstanceOf(ContractError);
    expect(calls).toEqual([]);
  });
});

describe('alerts asked for apart', () => {
  const bare = async (never: readonly string[] = []): Promise<ObservedIncident> => {
    const { source } = sourceOver([answer({ value: [incident('4 7', { displayName: 'x' })] })], never);
    return (await source.listChanged({ from: beginning, alerts: false })).incidents[0]!;
  };
  const alerts: Json = [{ id: 'a', title: 'one' }, { id: 'b' }];

  test('make the incident complete, and change nothing else of it', async () => {
    const incomplete = await bare();
    const { source, calls } = sourceOver([answer({ value: alerts })]);
    expect(await source.withAlerts(incomplete)).toEqual({
      ...incomplete,
      complete: true,
      header: { ...incomplete.header, alertsCount: 2 },
      body: { ...incomplete.body, alerts },
    });
    expect(calls[0]!.url).toBe('https://graph.example/v1.0/security/incidents/4%207/alerts');
  });

  test('are the same incident as read whole', async () => {
    const { source } = sourceOver([answer({ value: alerts })]);
    const whole = sourceOver([answer({ value: [incident('4 7', { displayName: 'x', alerts })] })]).source;
    expect(await source.withAlerts(await bare())).toEqual((await whole.listChanged({ from: beginning })).incidents[0]);
  });

  test('leave out what the contract withholds', async () => {
    const never = ['alerts.title'];
    const { source } = sourceOver([answer({ value: alerts })], never);
    expect((await source.withAlerts(await bare(never))).body.alerts).toEqual([{ id: 'a' }, { id: 'b' }]);
  });

  test('that are not all there leave the incident incomplete', async () => {
    const headers = { date, warning: '199' };
    const more = { value: alerts, '@odata.nextLink': 'https://graph.example/next' };
    for (const given of [answer(more), answer({ value: alerts }, { headers })])
      expect(await sourceOver([given]).source.withAlerts(await bare())).toMatchObject({ complete: false });
  });

  test.each<[string, IncomingAnswer, new (...args: never[]) => Error]>([
    ['that fail', answer('', { status: 500 }), UpstreamError],
    ['that are not found', answer('', { status: 404 }), UpstreamError],
    ['that are no list', answer({}), ContractError],
    ['that are nested too deep', answer(`{"value":[${'['.repeat(200)}${']'.repeat(200)}]}`), ContractError],
  ])('%s are an error', async (_, given, kind) => {
    await expect(sourceOver([given]).source.withAlerts(await bare())).rejects.toBeInstanceOf(kind);
  });
});
