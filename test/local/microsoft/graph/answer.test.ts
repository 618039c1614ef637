import type { CloudState } from '../../../../local/microsoft/state';
import { parseTime7 } from '../../../../local/microsoft/world/time7';
import type { ListBody } from '../testCloud';
import { askGraph, createTestCloud, firstTenant, listPage, refusal } from '../testCloud';

let state: CloudState;
beforeEach(async () => {
  state = await createTestCloud({ incidentsPerTenant: 230 });
});

const incidents = '/v1.0/security/incidents';
const ask = (options: Record<string, string>) =>
  askGraph(state, `${incidents}?${new URLSearchParams(options).toString()}`);
const follow = (link: string): ListBody =>
  JSON.parse(askGraph(state, link.replace('https://graph.invalid', '')).body) as ListBody;
const truth = () => state.world.truth(firstTenant(state).tenantId);

describe('the incidents list', () => {
  test('gives the fifty newest by last update without any option', () => {
    const { value } = listPage(state, {});
    expect(value.map(({ id }) => id)).toEqual(
      truth()
        .reverse()
        .slice(0, 50)
        .map(({ incidentId }) => incidentId),
    );
    expect(value[0]).not.toHaveProperty('alerts');
  });

  test('a walk by nextLink over a list that stands still shows exactly the truth, alerts counted', () => {
    const rows: ListBody['value'] = [];
    let page = listPage(state, { $expand: 'alerts', $top: '37' }, { prefer: 'include-unknown-enum-members' });
    for (;;) {
      rows.push(...page.value);
      const link = page['@odata.nextLink'];
      if (link === undefined) break;
      page = JSON.parse(
        askGraph(state, link.replace('https://graph.invalid', ''), { prefer: 'include-unknown-enum-members' }).body,
      ) as ListBody;
    }
    const seen = rows.map(({ id, lastUpdateDateTime, status, alerts }) => ({
      tenantId: firstTenant(state).tenantId,
      incidentId: id,
      lastUpdateDateTime,
      status,
      alertsCount: alerts?.length,
    }));
    expect(seen.reverse()).toEqual(truth());
  });

  test('a walk by nextLink loses a row when one already shown moves to the end', () => {
    const query = { $orderby: 'lastUpdateDateTime asc', $top: '50' };
    const first = listPage(state, query);
    state.world.apply({
      kind: 'update',
      tenantId: firstTenant(state).tenantId,
      incidentId: first.value.find(({ status }) => status !== 'redirected')!.id,
      comment: 'x',
    });
    const second = follow(first['@odata.nextLink']!);
    const shown = new Set([...first.value, ...second.value].map(({ id }) => id));
    const all = truth();
    // The fifty-first of the start slid into the place the first page had already passed.
    const lost = all.slice(0, 99).filter(({ incidentId }) => !shown.has(incidentId));
    expect(lost).toHaveLength(1);
  });

  test('updates between pages happen after each list answer, as many as set', () => {
    state.behaviour.change({ updatesPerPage: 2 });
    const before = JSON.stringify(truth());
    const pageBefore = listPage(state, { $top: '1', $orderby: 'lastUpdateDateTime desc' });
    expect(JSON.parse(before)).toContainEqual(
      expect.objectContaining({
        incidentId: pageBefore.value[0]!.id,
        lastUpdateDateTime: pageBefore.value[0]!.lastUpdateDateTime,
      }),
    );
    const moved = truth().filter((row) => !before.includes(JSON.stringify(row)));
    expect(moved.length).toBeGreaterThanOrEqual(1);
    expect(moved.length).toBeLessThanOrEqual(2);
  });

  test('half an update a page is one in every other page, about', () => {
    state.behaviour.change({ updatesPerPage: 0.5 });
    let changes = 0;
    state.world.onChange(() => (changes += 1));
    for (let page = 0; page < 400; page++) listPage(state, { $top: '1' });
    expect(changes).toBeGreaterThan(150);
    expect(changes).toBeLessThan(250);
  });

  test.each([
    ['lastUpdateDateTime asc', 'lastUpdateDateTime', 1],
    ['lastUpdateDateTime', 'lastUpdateDateTime', 1],
    ['lastUpdateDateTime desc', 'lastUpdateDateTime', -1],
    ['createdDateTime asc', 'createdDateTime', 1],
    ['createdDateTime desc', 'createdDateTime', -1],
  ] as const)('$orderby=%s orders by that time', (orderBy, field, sign) => {
    const ticks = listPage(state, { $orderby: orderBy }).value.map((each) => parseTime7(each[field])!);
    expect(ticks).toHaveLength(50);
    ticks
      .slice(1)
      .forEach((each, position) => expect(sign * Number(each - ticks[position]!)).toBeGreaterThanOrEqual(0));
  });

  test('an edge is compared at 100 ns: ge shows the row, gt and one tick later do not', () => {
    const { tenantId } = firstTenant(state);
    const { at, incidentId } = state.world.apply({ kind: 'create', tenantId });
    const later = at.replace(/(\d{7})Z$/, (_, digits: string) => `${String(Number(digits) + 1).padStart(7, '0')}Z`);
    const ids = (filter: string): string[] => listPage(state, { $filter: filter }).value.map(({ id }) => id);
    expect(ids(`lastUpdateDateTime ge ${at}`)).toEqual([incidentId]);
    expect(ids(`lastUpdateDateTime gt ${at}`)).toEqual([]);
    expect(ids(`lastUpdateDateTime ge ${later}`)).toEqual([]);
    expect(ids(`lastUpdateDateTime eq ${at}`)).toEqual([incidentId]);
    expect(ids(`lastUpdateDateTime le ${at} and lastUpdateDateTime gt ${at}`)).toEqual([]);
    expect(ids(`createdDateTime eq ${at}`)).toEqual([incidentId]);
    expect(ids(`lastUpdateDateTime lt ${later} and createdDateTime ge ${at}`)).toEqual([incidentId]);
  });

  test('rows of one last update all pass its edge and page by skip within it', async () => {
    state = await createTestCloud({ incidentsPerTenant: 230, tieGroup: 70 });
    const rows = truth();
    const tied = rows.at(-1)!.lastUpdateDateTime;
    const group = rows
      .filter(({ lastUpdateDateTime }) => lastUpdateDateTime === tied)
      .map(({ incidentId }) => incidentId);
    const query = { $filter: `lastUpdateDateTime ge ${tied}`, $orderby: 'lastUpdateDateTime asc', $count: 'true' };
    const first = listPage(state, query);
    const second = follow(first['@odata.nextLink']!);
    expect(group.length).toBeGreaterThanOrEqual(70);
    expect(first['@odata.count']).toBe(group.length);
    expect([...first.value, ...second.value].map(({ id }) => id)).toEqual(group);
    expect(second['@odata.nextLink']).toBeUndefined();
  });

  test('every filter shows what a plain reading of the truth selects', () => {
    const all = ['0', '50', '100', '150', '200'].flatMap(
      (skip) =>
        listPage(state, { $skip: skip, $orderby: 'createdDateTime asc' }, { prefer: 'include-unknown-enum-members' })
          .value,
    );
    const middle = all[100]!.createdDateTime;
    const owner = all.find((each) => typeof each.assignedTo === 'string' && each.assignedTo !== '')!.assignedTo!;
    const cases: [string, (row: ListBody['value'][number]) => boolean][] = [
      ["status eq 'active'", (row) => row.status === 'active'],
      ["status eq 'Resolved' and severity eq 'high'", (row) => row.status === 'resolved' && row.severity === 'high'],
      ["status ne 'redirected'", (row) => row.status !== 'redirected'],
      [`assignedTo eq '${owner}'`, (row) => row.assignedTo === owner],
      [
        `createdDateTime lt ${middle} and status ne 'resolved'`,
        (row) => parseTime7(row.createdDateTime)! < parseTime7(middle)! && row.status !== 'resolved',
      ],
      [
        `createdDateTime ne ${middle} and severity eq 'low'`,
        (row) => row.createdDateTime !== middle && row.severity === 'low',
      ],
      [
        "classification eq 'truePositive' and determination ne 'malware'",
        (row) => row.classification === 'truePositive' && row.determination !== 'malware',
      ],
    ];
    expect(all).toHaveLength(230);
    for (const [filter, wanted] of cases) {
      const expected = all.filter(wanted).map(({ id }) => id);
      const pages = ['0', '50', '100', '150', '200'].map((skip) =>
        listPage(state, { $filter: filter, $skip: skip, $orderby: 'createdDateTime asc', $count: 'true' }),
      );
      expect([filter, pages.flatMap(({ value }) => value.map(({ id }) => id))]).toEqual([filter, expected]);
      expect(pages[0]!['@odata.count']).toBe(expected.length);
      expect(expected.length).toBeGreaterThan(0);
    }
  });

  test('unresolved ones created since then come oldest first, those changed since then by their change', () => {
    const rows = listPage(state, { $orderby: 'createdDateTime asc' }).value;
    const since = rows[20]!.createdDateTime;
    const created = listPage(state, {
      $filter: `createdDateTime ge ${since} and status ne 'resolved'`,
      $orderby: 'createdDateTime asc',
    }).value;
    expect(created.slice(0, 5).map(({ id }) => id)).toEqual(
      rows
        .slice(20)
        .filter(({ status }) => status !== 'resolved')
        .slice(0, 5)
        .map(({ id }) => id),
    );
    const changed = truth().filter(({ status }) => status === 'active');
    const from = changed[3]!.lastUpdateDateTime;
    const active = listPage(state, {
      $filter: `lastUpdateDateTime ge ${from} and status eq 'active'`,
      $orderby: 'lastUpdateDateTime asc',
    }).value;
    expect(active.map(({ id }) => id)).toEqual(changed.slice(3, 53).map(({ incidentId }) => incidentId));
  });

  test('the world can be changed between a question and its page', () => {
    const { tenantId } = firstTenant(state);
    const asked: string[] = [];
    let made = '';
    state.behaviour.beforeList = (tenant, url) => {
      asked.push(`${tenant.displayName} ${url}`);
      made = state.world.apply({ kind: 'create', tenantId }).incidentId;
    };
    expect(listPage(state, { $top: '1' }).value[0]!.id).toBe(made);
    expect(asked).toEqual(['Contoso /v1.0/security/incidents?%24top=1']);
  });

  test('a quote inside a text is written twice', () => {
    const { tenantId } = firstTenant(state);
    const { incidentId } = state.world.apply({ kind: 'create', tenantId, assignedTo: "kim.o'brien@contoso.example" });
    expect(
      listPage(state, { $filter: "assignedTo eq 'kim.o''brien@contoso.example'" }).value.map(({ id }) => id),
    ).toEqual([incidentId]);
  });

  test('newer enum members are shown by name only to who asks for them', () => {
    const filter = { $filter: "status eq 'awaitingAction'" };
    const { tenantId } = firstTenant(state);
    const { incidentId } = state.world.apply({ kind: 'create', tenantId });
    state.world.apply({ kind: 'update', tenantId, incidentId, status: 'awaitingAction' });
    const named = listPage(state, filter, { prefer: 'odata.maxpagesize=10, include-unknown-enum-members' });
    expect(new Set(named.value.map(({ status }) => status))).toEqual(new Set(['awaitingAction']));
    expect(new Set(listPage(state, filter).value.map(({ status }) => status))).toEqual(new Set(['unknownFutureValue']));
  });

  test('nextLink repeats the query and goes on past 500, where following it is refused', async () => {
    state = await createTestCloud({ incidentsPerTenant: 600 });
    const page = listPage(state, { $skip: '500', $top: '50', $expand: 'alerts' });
    const link = new URL(page['@odata.nextLink']!);
    expect(Object.fromEntries(link.searchParams)).toEqual({ $skip: '550', $top: '50', $expand: 'alerts' });
    expect(refusal(askGraph(state, link.pathname + link.search))).toMatchObject({ status: 400, code: 'BadRequest' });
  });

  const refusedQueries: [Record<string, string>][] = [
    [{ $top: '0' }],
    [{ $top: '-1' }],
    [{ $top: 'ten' }],
    [{ $skip: '501' }],
    [{ $skip: '1.5' }],
    [{ $count: 'yes' }],
    [{ $orderby: 'severity' }],
    [{ $orderby: 'lastUpdateDateTime ascending' }],
    [{ $orderby: 'lastUpdateDateTime asc,createdDateTime asc' }],
    [{ $expand: 'alerts($top=1)' }],
    [{ $expand: 'comments' }],
    [{ $select: 'id' }],
    [{ $search: 'x' }],
    [{ $filter: '' }],
    [{ $filter: "lastUpdateDateTime ge '2026-11-01T00:00:00Z'" }],
    [{ $filter: 'lastUpdateDateTime ge 2026-11-01' }],
    [{ $filter: 'lastUpdateDateTime ge 2026-11-01T00:00:00.12345678Z' }],
    [{ $filter: 'lastUpdateDateTime ge 2026-02-30T00:00:00Z' }],
    [{ $filter: 'lastUpdateDateTime ge 2026-11-01T00:00:00+00:00' }],
    [{ $filter: "status eq 'active' or status eq 'resolved'" }],
    [{ $filter: "(status eq 'active')" }],
    [{ $filter: 'status eq active' }],
    [{ $filter: "status eq 'opened'" }],
    [{ $filter: "status ge 'active'" }],
    [{ $filter: "status in ('active')" }],
    [{ $filter: "displayName eq 'x'" }],
    [{ $filter: "status eq 'active' and" }],
    [{ $filter: "status eq 'active" }],
  ];
  test.each(refusedQueries)('%j is refused with 400', (query) => {
    expect(refusal(ask(query))).toMatchObject({ status: 400, code: 'BadRequest' });
  });

  test('a page above fifty is refused in the words of the OData library', () => {
    expect(refusal(ask({ $top: '51' })).message).toBe(
      "The query specified in the URI is not valid. The limit of '50' for Top query has been exceeded. The value from the incoming request is '51'.",
    );
  });

  test('an option given twice is refused', () => {
    expect(refusal(askGraph(state, `${incidents}?$top=1&$top=2`))).toMatchObject({ status: 400 });
  });

  test('a plus sign in a query is a space, as everywhere on the web', () => {
    expect(askGraph(state, `${incidents}?$filter=status+eq+'active'`).status).toBe(200);
  });
});

describe('one incident', () => {
  test('has the row of the list, with alerts when asked', () => {
    const row = listPage(state, { $top: '1', $expand: 'alerts' }).value[0]!;
    const answer = askGraph(state, `${incidents}/${row.id}?$expand=alerts`);
    const { '@odata.context': context, ...incident } = JSON.parse(answer.body) as Record<string, unknown>;
    expect(context).toContain('$entity');
    expect(incident).toEqual(row);
    const alerts = JSON.parse(askGraph(state, `${incidents}/${row.id}/alerts`).body) as ListBody;
    expect(alerts.value).toEqual(row.alerts);
  });

  test('follows each change', () => {
    const { id } = listPage(state, { $filter: "status eq 'active'", $top: '1' }).value[0]!;
    const read = () => JSON.parse(askGraph(state, `${incidents}/${id}`).body) as Record<string, unknown>;
    expect(read().status).toBe('active');
    state.world.apply({
      kind: 'resolve',
      tenantId: firstTenant(state).tenantId,
      incidentId: id,
      classification: 'truePositive',
      determination: 'phishing',
    });
    expect(read()).toMatchObject({ status: 'resolved', classification: 'truePositive', determination: 'phishing' });
  });

  test.each([
    ['GET', `${incidents}/1`, 404, 'NotFound'],
    ['GET', `${incidents}/1/alerts`, 404, 'NotFound'],
    ['GET', `${incidents}/1?$top=1`, 400, 'BadRequest'],
    ['GET', '/v1.0/security/tricks', 400, 'BadRequest'],
    ['GET', '/v1.0/users', 400, 'BadRequest'],
    ['GET', '/v2.0/security/incidents', 404, 'ResourceNotFound'],
    ['PATCH', `${incidents}/1`, 404, 'NotFound'],
    ['POST', incidents, 405, 'MethodNotAllowed'],
  ])('%s %s is %d %s', (method, url, status, code) => {
    expect(refusal(askGraph(state, url, {}, method))).toMatchObject({ status, code });
  });
});

describe('every answer', () => {
  test('is dated by the cloud clock in whole seconds and echoes the client request id', () => {
    for (const url of [incidents, `${incidents}/0`]) {
      const answer = askGraph(state, url, { 'client-request-id': 'abc' });
      expect(answer.headers).toMatchObject({ date: 'Fri, 20 Nov 2026 12:00:00 GMT', 'client-request-id': 'abc' });
      expect(answer.headers['request-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('a refusal carries its ids in the envelope', () => {
    const answer = askGraph(state, `${incidents}/0`, { 'client-request-id': 'abc' });
    const { error } = JSON.parse(answer.body) as { error: { innerError: Record<string, string> } };
    expect(error.innerError).toEqual({
      date: '2026-11-20T12:00:00',
      'request-id': answer.headers['request-id'],
      'client-request-id': 'abc',
    });
  });

  test('a scripted fault takes the next calls of its tenant only, and exactly as many as set', () => {
    const [first, second] = state.world.tenants.map(({ tenantId }) => tenantId);
    state.behaviour.failNext({
      service: 'graph',
      tenantId: first!,
      status: 429,
      headers: { 'Retry-After': '7' },
      body: {},
      times: 2,
    });
    const failed = askGraph(state, incidents);
    expect(failed).toMatchObject({ status: 429, body: '{}' });
    expect(failed.headers['retry-after']).toBe('7');
    expect(askGraph(state, incidents).status).toBe(429);
    expect(askGraph(state, incidents).status).toBe(200);
    expect(state.calls.counts().services.graph).toEqual({ calls: 3, byStatus: { 200: 1, 429: 2 } });
    expect(state.calls.counts().tenants[second!]).toBeUndefined();
  });

  test('a tenant without licence gets 401 with the reason until it has one', () => {
    const { tenantId } = firstTenant(state);
    state.behaviour.setCondition(tenantId, 'noLicence');
    expect(refusal(askGraph(state, incidents))).toEqual({
      status: 401,
      code: 'Unauthorized',
      message: 'Unauthorized request - reason of failure: Account is not provisioned.',
    });
    state.behaviour.setCondition(tenantId, 'consented');
    expect(askGraph(state, incidents).status).toBe(200);
  });
});

describe('a cloud without evidence', () => {
  test('shows the same incidents and alerts, much smaller', async () => {
    const brief = await createTestCloud({ incidentsPerTenant: 230, withoutEvidence: true });
    const [full, small] = [state, brief].map((each) => listPage(each, { $expand: 'alerts' }));
    const idsOf = ({ value }: ListBody) => value.map(({ id, alerts }) => [id, alerts?.map((alert) => alert.id)]);
    expect(idsOf(small!)).toEqual(idsOf(full!));
    expect(JSON.stringify(small).length).toBeLessThan(JSON.stringify(full).length / 2);
  });
});
