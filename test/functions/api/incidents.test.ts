import '../../shared/http/quietTestMode';
import { incidents, tenantIncident, tenantIncidents } from '../../../functions/api/incidents';
import { newTenantState } from '../../../shared/model/tenantState';
import { mustBeTime7 } from '../../../shared/model/time7';
import { toStateRow } from '../../../shared/store/tenantState';
import type { Asked, HttpWorld, Reply } from '../../shared/http/httpWorld';
import { admin, startHttpWorld } from '../../shared/http/httpWorld';

const groupA = 'aaaaaaaa-0000-4000-8000-00000000000a';
const groupB = 'aaaaaaaa-0000-4000-8000-00000000000b';
const tenantA = '88888888-8888-4888-8888-00000000000a';
const tenantB = '88888888-8888-4888-8888-00000000000b';
const sealed = '88888888-8888-4888-8888-00000000000c';
const [ana, bob] = [
  { groups: [groupA], oid: '99999999-0000-4000-8000-00000000000a' },
  { groups: [groupB], oid: '99999999-0000-4000-8000-00000000000b' },
];

type Claims = NonNullable<Asked['as']>;

let world: HttpWorld;
beforeAll(async () => {
  world = await startHttpWorld();
  await world.putTenant({ tenantId: tenantA, name: 'Alpha', groups: [groupA] });
  await world.putTenant({ tenantId: tenantB, name: 'Beta', groups: [groupB] });
  await world.putTenant({ tenantId: sealed, name: 'Gamma', groups: [groupA], sealed: true });
  const updated = (n: number): string => `2026-11-19T00:0${n}:00.1234567Z`;
  for (const n of [1, 2, 3, 4, 5]) {
    await world.store({
      tenantId: tenantA,
      id: `${100 + n}`,
      updated: updated(n),
      severity: n === 2 ? 'high' : 'low',
      status: n === 5 ? 'resolved' : 'active',
    });
    await world.store({ tenantId: tenantB, id: `${100 + n}`, updated: updated(n), displayName: `secret-of-beta ${n}` });
  }
  await world.store({ tenantId: tenantA, id: '109', updated: updated(9), status: 'redirected' });
  await world.store({ tenantId: sealed, id: '1', updated: updated(6) });
  const readThrough = mustBeTime7('2026-11-20T07:30:00Z', 'readThrough');
  const state = { ...newTenantState, cursor: { ...newTenantState.cursor, readThrough } };
  await world.services.storage.incidents.write({ kind: 'upsert', row: toStateRow(tenantA, state) });
});
afterAll(() => world.stop());

const list = (as: Claims, query: Record<string, string> = {}): Promise<Reply> =>
  world.ask(incidents, 'GET', { as, query });
const ofTenant = (as: Claims, tenantId: string, query: Record<string, string> = {}): Promise<Reply> =>
  world.ask(tenantIncidents, 'GET', { as, params: { tenantId }, query });
const one = (as: Claims, tenantId: string, incidentId: string): Promise<Reply> =>
  world.ask(tenantIncident, 'GET', { as, params: { tenantId, incidentId } });
const idsOf = ({ json }: Reply): unknown[] => json.items.map(({ incidentId }) => incidentId);
const fieldsOf = ({ json }: Reply): string[] => json.errors.map(({ field }) => field).sort();

describe('a list', () => {
  test('shows open ones, newest first, each with every key', async () => {
    const reply = await list(ana, { tenantId: tenantA });
    expect(idsOf(reply)).toEqual(['104', '103', '102', '101']);
    expect(reply.json.items[0]).toEqual({
      tenantId: tenantA,
      tenantName: 'Alpha',
      incidentId: '104',
      displayName: 'Incident 104',
      status: 'active',
      severity: 'low',
      classification: 'unknown',
      determination: 'unknown',
      assignedTo: null,
      createdDateTime: '2026-11-01T00:00:00Z',
      lastUpdateDateTime: '2026-11-19T00:04:00.1234567Z',
      redirectIncidentId: null,
      alertsCount: 1,
      complete: true,
      incidentWebUrl: `https://security.microsoft.com/incidents/104?tid=${tenantA}`,
      asOf: '2026-11-20T07:30:00.0000000Z',
      tickets: [],
    });
    expect((await ofTenant(ana, tenantA)).json).toEqual(reply.json);
  });

  test.each([
    [{ status: 'all' }, ['109', '105', '104', '103', '102', '101']],
    [{ status: 'REDIRECTED' }, ['109']],
    [{ status: 'resolved,redirected' }, ['109', '105']],
    [{ status: 'open', severity: 'High' }, ['102']],
    [{ sort: 'severity' }, ['102', '104', '103', '101']],
    [{ updatedSince: '2026-11-19T00:03:00Z' }, ['104', '103']],
    [{ q: '102' }, ['102']],
    [{ q: 'incident 10' }, ['104', '103', '102', '101']],
    [{ assignedTo: 'nobody' }, []],
  ])('%j', async (query, ids) => {
    expect(idsOf(await ofTenant(ana, tenantA, query))).toEqual(ids);
    expect(idsOf(await list(ana, { ...query, tenantId: tenantA }))).toEqual(ids);
  });

  test('of a group shows the tenants that carry it', async () => {
    const reply = await list(admin, { group: groupB.toUpperCase() });
    expect(new Set(reply.json.items.map(({ tenantName }) => tenantName))).toEqual(new Set(['Beta']));
  });

  test('names each parameter at fault', async () => {
    const bad = {
      limit: '0',
      status: 'open,resolved',
      severity: 'a b',
      updatedSince: 'yesterday',
      sort: 'age',
      nonsense: '1',
    };
    const fields = ['limit', 'nonsense', 'severity', 'sort', 'status', 'updatedSince'];
    expect(fieldsOf(await list(ana, bad))).toEqual(fields);
    expect(fieldsOf(await ofTenant(ana, tenantA, bad))).toEqual(fields);
    expect(fieldsOf(await ofTenant(ana, tenantA, { tenantId: tenantB, group: groupB }))).toEqual(['group', 'tenantId']);
  });
});

describe('one tenant never reaches another', () => {
  test('in lists, whatever is asked for', async () => {
    for (const query of [
      {},
      { tenantId: tenantB },
      { group: groupB },
      { q: 'secret' },
      { status: 'all', limit: '200' },
      { sort: 'severity' },
    ] as Record<string, string>[]) {
      const reply = await list(ana, query);
      expect(reply.status).toBe(200);
      expect(reply.text).not.toContain(tenantB);
      expect(reply.text).not.toContain('secret-of-beta');
    }
    expect(idsOf(await list(bob))).toHaveLength(5);
  });

  test('by an id that both have, or by any spelling of the path', async () => {
    expect((await one(ana, tenantA, '101')).json).toMatchObject({ tenantId: tenantA, displayName: 'Incident 101' });
    const refused = await Promise.all([
      one(ana, tenantB, '101'),
      one(ana, tenantB, '999'),
      one(ana, tenantA, '999'),
      one(ana, 'x', '101'),
      ...[
        '0101',
        '101 ',
        '../state',
        'state',
        'i_101',
        "101' or '1'='1",
        '',
        '\u0000',
        '\ud800',
        'x'.repeat(3_000),
        `${tenantB}/101`,
      ].map((id) => one(ana, tenantA, id)),
    ]);
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 404));
    expect(new Set(refused.map(({ text }) => text)).size).toBe(1);
  });

  test('by headers that name it', async () => {
    const headers = {
      'x-tenant-id': tenantB,
      'x-original-url': `/api/tenants/${tenantB}/incidents`,
      'x-http-method-override': 'PUT',
    };
    expect((await world.ask(incidents, 'GET', { as: ana, headers })).text).not.toContain(tenantB);
  });

  test('and a sealed one is read by its members, not by admins', async () => {
    expect((await one(ana, sealed, '1')).status).toBe(200);
    expect((await one(admin, sealed, '1')).status).toBe(404);
    expect((await list(admin, { status: 'all' })).text).not.toContain(sealed);
    expect((await ofTenant({ ...admin, ...ana }, sealed)).status).toBe(200);
  });
});

describe('one incident', () => {
  test('comes whole, with its last update as ETag', async () => {
    const reply = await one(ana, tenantA, '101');
    expect(reply.headers.get('etag')).toBe('"2026-11-19T00:01:00.1234567Z"');
    expect(reply.json).toMatchObject({
      incidentId: '101',
      incident: { id: '101', alerts: [] },
      history: [],
      conflicts: [],
      tickets: [],
    });
  });

  test('takes no query, and says 404 before 400', async () => {
    const ask = (incidentId: string) =>
      world.ask(tenantIncident, 'GET', { as: ana, params: { tenantId: tenantA, incidentId }, query: { expand: 'x' } });
    expect([(await ask('101')).status, (await ask('999')).status]).toEqual([400, 404]);
  });
});

describe('a continue token', () => {
  const first = async (): Promise<string> => (await list(ana, { limit: '2' })).json.continue ?? '';

  test('goes on to the end, which is null', async () => {
    const page = await list(ana, { limit: '2', continue: await first() });
    expect(idsOf(await list(ana, { limit: '2' }))).toEqual(['1', '104']);
    expect(idsOf(page)).toEqual(['103', '102']);
    const rest = await list(ana, { limit: '200', continue: page.json.continue ?? '' });
    expect([idsOf(rest), rest.json.continue]).toEqual([['101'], null]);
  });

  test('is refused to another caller, for other conditions, on another list, and altered', async () => {
    const token = await first();
    const refused = [
      await list(bob, { limit: '2', continue: token }),
      await list({ ...ana, oid: bob.oid }, { limit: '2', continue: token }),
      await list(ana, { limit: '2', status: 'all', continue: token }),
      await ofTenant(ana, tenantA, { limit: '2', continue: token }),
      await list(ana, { continue: `${token.slice(0, -2)}AA` }),
      await list(ana, { continue: 'x' }),
    ];
    expect(refused.map((reply) => [reply.status, fieldsOf(reply)])).toEqual(refused.map(() => [400, ['continue']]));
  });

  test('opens nothing that was taken away since', async () => {
    const token = await first();
    await world.putTenant({ tenantId: tenantA, name: 'Alpha', groups: [groupB] });
    const page = await list(ana, { limit: '2', continue: token });
    await world.putTenant({ tenantId: tenantA, name: 'Alpha', groups: [groupA] });
    expect(page.json.items).toEqual([]);
  });
});
