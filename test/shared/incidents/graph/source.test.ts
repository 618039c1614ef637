import { ContractError, ThrottledError, UpstreamError } from '../../../../shared/errors';
import { graphSource } from '../../../../shared/incidents/graph/source';
import type { Time7 } from '../../../../shared/model/time7';
import { beginning } from '../../../../shared/model/time7';
import type { ChangedQuery, IncomingAnswer, OutgoingRequest } from '../../../../shared/ports';

const tenantId = 'tenant-a';
const at = (second: string): Time7 => `2026-11-20T07:00:${second}.0000000Z` as Time7;
const incident = (id: number) => ({ id: `${id}`, lastUpdateDateTime: '2026-11-20T07:00:00Z', alerts: [] });
const page = (body: unknown, more: Partial<IncomingAnswer> = {}): IncomingAnswer => ({
  status: 200,
  headers: { date: 'Fri, 20 Nov 2026 08:00:00 GMT' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...more,
});

/** A source whose Graph gives these answers, one a call. */
const sourceOver = (answers: readonly IncomingAnswer[], never: readonly string[] = []) => {
  const calls: OutgoingRequest[] = [];
  const events: string[] = [];
  let tokens = 0;
  const source = graphSource({
    tenantId,
    endpoint: 'https://graph.example',
    scope: 'https://graph.microsoft.com/.default',
    never,
    send: (request) => {
      calls.push(request);
      const answer = answers[calls.length - 1];
      if (answer === undefined) throw new Error('one call more than expected');
      return Promise.resolve(answer);
    },
    tokens: {
      getToken: (tenant, scope) => {
        events.push(`get ${tenant} ${scope}`);
        tokens += 1;
        return Promise.resolve({ token: `token-${tokens}`, tenantId: tenant, expiresAtMs: 0 });
      },
      forget: (tenant, scope) => void events.push(`forget ${tenant} ${scope}`),
    },
    clock: { now: () => Date.parse('2026-11-20T08:00:00Z'), elapsedMs: () => 0 },
  });
  return { source, calls, events };
};
const urlOf = async (query: ChangedQuery): Promise<string> => {
  const { source, calls } = sourceOver([page({ value: [] })]);
  await source.listChanged(query);
  return decodeURIComponent(calls[0]!.url);
};

describe('the request', () => {
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

  test('carries this tenant’s token and asks for enum members in full', async () => {
    const { source, calls, events } = sourceOver([page({ value: [] })]);
    await source.listChanged({ from: beginning });
    expect(calls[0]).toMatchObject({
      method: 'GET',
      headers: { authorization: 'Bearer token-1', prefer: 'include-unknown-enum-members' },
    });
    expect(events).toEqual(['get tenant-a https://graph.microsoft.com/.default']);
  });
});

describe('a 401', () => {
  test('is tried once more with a fresh token', async () => {
    const { source, calls, events } = sourceOver([page('', { status: 401 }), page({ value: [incident(1)] })]);
    expect((await source.listChanged({ from: beginning })).incidents).toHaveLength(1);
    expect(calls.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(events.map((event) => event.split(' ')[0])).toEqual(['get', 'forget', 'get']);
  });

  test('twice is the tenant’s licence, and there is no third call', async () => {
    const { source, calls } = sourceOver([page('', { status: 401 }), page('', { status: 401 })]);
    await expect(source.listChanged({ from: beginning })).rejects.toMatchObject({ reason: 'licenceMissing' });
    expect(calls).toHaveLength(2);
  });

  test('followed by a throttle is the throttle', async () => {
    const answers = [page('', { status: 401 }), page('', { status: 429, headers: { 'retry-after': '3' } })];
    await expect(sourceOver(answers).source.listChanged({ from: beginning })).rejects.toBeInstanceOf(ThrottledError);
  });
});

describe('the page', () => {
  const read = (answer: IncomingAnswer, never: readonly string[] = []) =>
    sourceOver([answer], never).source.listChanged({ from: beginning });

  test('tells the server’s time and that the list ends', async () => {
    expect(await read(page({ value: [incident(1), incident(2)] }))).toMatchObject({
      serverTime: '2026-11-20T08:00:00.0000000Z',
      more: false,
      incidents: [{ header: { incidentId: '1' }, complete: true }, { header: { incidentId: '2' } }],
    });
  });

  test('that is full, or has a nextLink, says that more may follow', async () => {
    const full = Array.from({ length: 50 }, (_, id) => incident(id));
    expect((await read(page({ value: full }))).more).toBe(true);
    expect((await read(page({ value: [], '@odata.nextLink': 'https://graph.example/next' }))).more).toBe(true);
    expect((await read(page({ value: full.slice(1) }))).more).toBe(false);
  });

  test('that is partial by status or by a warning says so', async () => {
    expect((await read(page({ value: [] }))).incomplete).toBeUndefined();
    expect((await read(page({ value: [] }, { status: 206 }))).incomplete).toBe('206');
    const headers = { date: 'Fri, 20 Nov 2026 08:00:00 GMT', warning: '199 - "provider timed out"' };
    expect((await read(page({ value: [] }, { headers }))).incomplete).toBe('200 199 - "provider timed out"');
  });

  test('keeps 200 characters of a warning: fifty gaps of them have to fit one row', async () => {
    const headers = { date: 'Fri, 20 Nov 2026 08:00:00 GMT', warning: 'w'.repeat(8_000) };
    expect((await read(page({ value: [] }, { headers }))).incomplete).toBe(`200 ${'w'.repeat(196)}`);
  });

  test('leaves out what the contract withholds', async () => {
    const { incidents } = await read(page({ value: [{ ...incident(1), assignedTo: 'x' }] }), ['assignedTo']);
    expect(JSON.stringify(incidents)).not.toContain('"x"');
  });

  test('without a readable date is refused: coverage could not be stated', async () => {
    await expect(read(page({ value: [] }, { headers: {} }))).rejects.toBeInstanceOf(ContractError);
    await expect(read(page({ value: [] }, { headers: { date: 'today' } }))).rejects.toBeInstanceOf(ContractError);
  });

  test('that is cut is passing, one of another shape is a breach', async () => {
    await expect(read(page('{"value": [{"id": "1"'))).rejects.toBeInstanceOf(UpstreamError);
    for (const body of [{}, { value: {} }, [], null, { value: null }])
      await expect(read(page(body))).rejects.toBeInstanceOf(ContractError);
  });

  test('with one unreadable incident is refused whole', async () => {
    await expect(read(page({ value: [incident(1), { id: '2' }] }))).rejects.toBeInstanceOf(ContractError);
  });
});
