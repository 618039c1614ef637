import type { CloudState } from '../../../../local/microsoft/state';
import { parseTime7 } from '../../../../local/microsoft/world/time7';
import { askDefender, createTestCloud, defenderPage, firstTenant, textLike } from '../testCloud';

let state: CloudState;
beforeEach(async () => {
  state = await createTestCloud({ incidentsPerTenant: 230 });
});

const incidents = '/api/incidents';
const ask = (options: Record<string, string>) =>
  askDefender(state, `${incidents}?${new URLSearchParams(options).toString()}`);
const truth = () => state.world.truth(firstTenant(state).tenantId);
const all = () => ['0', '100', '200'].flatMap((skip) => defenderPage(state, { $skip: skip }));
const errorOf = (answer: { body: string }) =>
  (JSON.parse(answer.body) as { error: { code: string; message: string; target: string } }).error;

describe('the incidents list', () => {
  test('gives the hundred newest by last update without any option, and no nextLink', () => {
    const answer = askDefender(state, incidents);
    const body = JSON.parse(answer.body) as { value: { incidentId: number }[] };
    expect(Object.keys(body)).toEqual(['@odata.context', 'value']);
    expect(body.value.map(({ incidentId }) => String(incidentId))).toEqual(
      truth()
        .reverse()
        .slice(0, 100)
        .map(({ incidentId }) => incidentId),
    );
  });

  test('a walk by skip over a list that stands still shows exactly the truth, alerts counted', () => {
    const seen = all().map(({ incidentId, lastUpdateTime, alerts }) => [incidentId, lastUpdateTime, alerts.length]);
    expect(seen.reverse()).toEqual(
      truth().map(({ incidentId, lastUpdateDateTime, alertsCount }) => [
        Number(incidentId),
        lastUpdateDateTime,
        alertsCount,
      ]),
    );
  });

  test('a row pushed down by a newer one is shown again by the next page', () => {
    const first = defenderPage(state, { $top: '50' });
    state.world.apply({ kind: 'create', tenantId: firstTenant(state).tenantId });
    expect(defenderPage(state, { $top: '50', $skip: '50' })[0]).toEqual(first.at(-1));
  });

  test('a skip beyond the end and one far above any limit of Graph are empty pages', () => {
    expect(defenderPage(state, { $skip: '230' })).toEqual([]);
    expect(defenderPage(state, { $skip: '100000' })).toEqual([]);
  });

  test('every filter shows what a plain reading of all rows selects', () => {
    const rows = all();
    const middle = rows[100]!.createdTime;
    const edge = rows[60]!.lastUpdateTime;
    const ticks = (time: string) => parseTime7(time)!;
    const owner = rows.find(({ assignedTo }) => assignedTo !== null)!.assignedTo!;
    type Row = (typeof rows)[number];
    const cases: [string, (row: Row) => boolean][] = [
      ["status eq 'Active'", (row) => row.status === 'Active'],
      ["status eq 'inprogress'", (row) => row.status === 'InProgress'],
      ["status ne 'Redirected'", (row) => row.status !== 'Redirected'],
      [`assignedTo eq '${owner}'`, (row) => row.assignedTo === owner],
      [`assignedTo ne '${owner}' and status eq 'RESOLVED'`, (r) => r.assignedTo !== owner && r.status === 'Resolved'],
      [`lastUpdateTime ge ${edge}`, (row) => ticks(row.lastUpdateTime) >= ticks(edge)],
      [`lastUpdateTime gt ${edge}`, (row) => ticks(row.lastUpdateTime) > ticks(edge)],
      [`lastUpdateTime eq ${edge}`, (row) => ticks(row.lastUpdateTime) === ticks(edge)],
      [`lastUpdateTime ne ${edge} and status eq 'Active'`, (r) => r.lastUpdateTime !== edge && r.status === 'Active'],
      [
        `createdTime le ${middle} and lastUpdateTime lt ${edge}`,
        (row) => ticks(row.createdTime) <= ticks(middle) && ticks(row.lastUpdateTime) < ticks(edge),
      ],
    ];
    expect(rows).toHaveLength(230);
    for (const [filter, wanted] of cases) {
      const expected = rows.filter(wanted).map(({ incidentId }) => incidentId);
      const shown = ['0', '100', '200'].flatMap((skip) => defenderPage(state, { $filter: filter, $skip: skip }));
      expect([filter, shown.map(({ incidentId }) => incidentId)]).toEqual([filter, expected]);
      expect(expected.length).toBeGreaterThan(0);
    }
  });

  const refusedQueries: [Record<string, string>, string][] = [
    [{ $top: '101' }, 'BadRequest'],
    [{ $top: '0' }, 'BadRequest'],
    [{ $top: 'ten' }, 'BadRequest'],
    [{ $skip: '-1' }, 'BadRequest'],
    [{ $filter: '' }, 'BadRequest'],
    [{ $filter: "lastUpdateTime ge '2026-11-01T00:00:00Z'" }, 'BadRequest'],
    [{ $filter: 'lastUpdateTime ge 2026-11-01' }, 'BadRequest'],
    [{ $filter: 'lastUpdateDateTime ge 2026-11-01T00:00:00Z' }, 'BadRequest'],
    [{ $filter: 'status eq Active' }, 'BadRequest'],
    [{ $filter: "status eq 'Opened'" }, 'BadRequest'],
    [{ $filter: "status gt 'Active'" }, 'BadRequest'],
    [{ $filter: "severity eq 'High'" }, 'BadRequest'],
    [{ $filter: "status eq 'Active' or status eq 'Resolved'" }, 'BadRequest'],
    [{ $orderby: 'lastUpdateTime asc' }, 'ODataError'],
    [{ $select: 'incidentId' }, 'ODataError'],
    [{ $count: 'true' }, 'ODataError'],
    [{ $expand: 'alerts' }, 'ODataError'],
  ];
  test.each(refusedQueries)('%j is refused with 400 %s', (query, code) => {
    const answer = ask(query);
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({ code, target: textLike(/^[0-9a-f-]{36}$/) });
  });

  test('a page above a hundred is refused in the words of the OData library', () => {
    expect(errorOf(ask({ $top: '101' })).message).toBe(
      "The query specified in the URI is not valid. The limit of '100' for Top query has been exceeded. The value from the incoming request is '101'.",
    );
  });

  test('updates between pages happen here as well', () => {
    state.behaviour.change({ updatesPerPage: 2 });
    let changes = 0;
    state.world.onChange(() => (changes += 1));
    defenderPage(state, { $top: '1' });
    expect(changes).toBe(2);
  });
});

describe('one incident', () => {
  test('has the row of the list and follows each change', () => {
    const row = defenderPage(state, { $filter: "status eq 'Active'", $top: '1' })[0]!;
    const read = () => JSON.parse(askDefender(state, `${incidents}/${row.incidentId}`).body) as Record<string, unknown>;
    const { '@odata.context': context, ...incident } = read();
    expect(context).toBe('https://api.security.microsoft.com/api/$metadata#Incidents/$entity');
    expect(incident).toEqual(row);
    state.world.apply({
      kind: 'resolve',
      tenantId: firstTenant(state).tenantId,
      incidentId: String(row.incidentId),
      classification: 'informationalExpectedActivity',
      determination: 'securityTesting',
    });
    expect(read()).toMatchObject({
      status: 'Resolved',
      classification: 'InformationalExpectedActivity',
      determination: 'SecurityTesting',
    });
  });

  test.each([
    ['GET', `${incidents}/0`, 404, 'NotFound'],
    ['GET', `${incidents}/0?$expand=alerts`, 400, 'ODataError'],
    ['GET', `${incidents}/0/alerts`, 404, 'ResourceNotFound'],
    ['GET', '/api/machines', 404, 'ResourceNotFound'],
    ['GET', '/v1.0/security/incidents', 404, 'ResourceNotFound'],
    ['PATCH', `${incidents}/0`, 404, 'NotFound'],
    ['POST', incidents, 405, 'MethodNotAllowed'],
  ])('%s %s is %d %s', (method, url, status, code) => {
    const answer = askDefender(state, url, method);
    expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
  });

  test('one that was removed is no longer found', () => {
    const { tenantId } = firstTenant(state);
    const { incidentId } = state.world.apply({ kind: 'create', tenantId });
    expect(askDefender(state, `${incidents}/${incidentId}`).status).toBe(200);
    state.world.apply({ kind: 'remove', tenantId, incidentId });
    expect(askDefender(state, `${incidents}/${incidentId}`).status).toBe(404);
  });
});

describe('every answer', () => {
  test('is dated by the cloud clock in whole seconds', () => {
    for (const url of [incidents, `${incidents}/0`])
      expect(askDefender(state, url).headers.date).toBe('Fri, 20 Nov 2026 12:00:00 GMT');
  });

  test('is counted apart from those of Graph, and so are its scripted faults', () => {
    const { tenantId } = firstTenant(state);
    state.behaviour.failNext({ service: 'graph', tenantId, status: 503 });
    state.behaviour.failNext({ service: 'defender', tenantId, status: 500 });
    expect(askDefender(state, incidents)).toMatchObject({ status: 500, body: '' });
    expect(askDefender(state, incidents).status).toBe(200);
    const { services, tenants } = state.calls.counts();
    expect(services.defender).toEqual({ calls: 2, byStatus: { 200: 1, 500: 1 } });
    expect(services.graph.calls).toBe(0);
    expect(tenants[tenantId]).toEqual({ defender: 2 });
  });
});
