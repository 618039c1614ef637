import '../../shared/http/quietTestMode';
import { coverage, tenantCoverage } from '../../../functions/api/coverage';
import { tenant } from '../../../functions/api/tenants';
import type { CoverageLine, CoveragePage, CoverageView } from '../../../shared/http/tenants/coverageView';
import type { CoverageWindow } from '../../../shared/model/coverage';
import { beginning } from '../../../shared/model/time7';
import type { TenantState } from '../../../shared/model/tenantState';
import { newTenantState } from '../../../shared/model/tenantState';
import { writeAccess } from '../../../shared/store/access';
import { toCoverageRow } from '../../../shared/store/coverage';
import { toQuarantineRow } from '../../../shared/store/quarantine';
import { toStateRow } from '../../../shared/store/tenantState';
import type { HttpWorld, Reply } from '../../shared/http/httpWorld';
import { startHttpWorld } from '../../shared/http/httpWorld';
import { blocked, time, windowOf } from '../../shared/sync/coverage/coverageFacts';

let world: HttpWorld;
beforeAll(async () => {
  world = await startHttpWorld();
});
afterAll(() => world.stop());

let last = 0;
const newId = (): string => `88888888-8888-4888-8888-${(last += 1).toString(16).padStart(12, '0')}`;
const fieldsOf = ({ json }: Reply): string[] => json.errors.map(({ field }) => field).sort();

/** The world's clock stands at 08:00. */
const first = windowOf(beginning, time('11-01 00:00'));
const past = windowOf(time('11-01 00:00'), time('11-20 02:00'));

interface Given {
  readonly rows?: readonly CoverageWindow[];
  readonly state?: Partial<TenantState>;
  readonly groups?: readonly string[];
}

const readTenantUpTo = async (readThrough: string, { rows = [first, past], state = {}, groups = [] }: Given = {}) => {
  const tenantId = newId();
  await world.putTenant({ tenantId, groups });
  const { incidents } = world.services.storage;
  const known: TenantState = {
    ...newTenantState,
    cursor: { ...newTenantState.cursor, readThrough: time(readThrough) },
    window: windowOf(time('11-20 02:00'), time(readThrough)),
    stored: 3,
    ...state,
  };
  await incidents.write({ kind: 'insert', row: toStateRow(tenantId, known) });
  for (const window of rows) await incidents.write({ kind: 'insert', row: toCoverageRow(tenantId, window) });
  return tenantId;
};

const ask = async (tenantId: string, query: Record<string, string> = {}) => {
  const reply = await world.ask(tenantCoverage, 'GET', { params: { tenantId }, query });
  return { ...reply, view: reply.json as unknown as CoverageView };
};

describe('coverage of a tenant', () => {
  test('quiet for three days is yes, with every key there', async () => {
    const tenantId = await readTenantUpTo('11-20 07:58');
    const { status, view } = await ask(tenantId, { from: '2026-11-17T08:00:00Z' });
    expect([status, view]).toEqual([
      200,
      {
        tenantId,
        tenantName: 'Name of 8888',
        from: '2026-11-17T08:00:00.0000000Z',
        to: '2026-11-20T07:58:00.0000000Z',
        readThrough: '2026-11-20T07:58:00.0000000Z',
        answer: 'yes',
        because: [],
        windows: [
          expect.objectContaining({ from: past.from, to: past.to, state: 'settled' }),
          expect.objectContaining({ from: past.to, state: 'read' }),
        ],
        gaps: [],
        blockedPeriods: [],
        quarantined: [],
        foundLate: 0,
        incidents: { listed: 0, new: 0, changed: 0, stored: 3 },
        deliveries: null,
      },
    ]);
  });

  test('shows an outage of the app as a gap, then repaired with counts', async () => {
    const during = await ask(await readTenantUpTo('11-20 02:00', { state: { window: windowOf(past.to, past.to) } }));
    expect(during.view).toMatchObject({
      answer: 'unknown',
      from: '2026-11-19T08:00:00.0000000Z',
      to: '2026-11-20T08:00:00.0000000Z',
      gaps: [{ from: '2026-11-20T02:00:00.0000000Z', state: 'open', reason: 'the app did not run' }],
    });
    const counts = { listed: 12, new: 5, changed: 2 };
    const stretch = { from: past.to, to: time('11-20 08:00'), reason: 'the app did not run', ...counts };
    const late = windowOf(stretch.from, stretch.to, { ...counts, heldUp: [stretch] });
    const window = windowOf(stretch.to, stretch.to);
    const after = await ask(await readTenantUpTo('11-20 08:00', { rows: [first, past, late], state: { window } }));
    expect(after.view).toMatchObject({
      answer: 'yes',
      gaps: [{ from: past.to, state: 'repaired', repairedAt: '2026-11-20T08:00:00.0000000Z', counts }],
      incidents: counts,
    });
  });

  test('names what is in quarantine, and what blocks it, with the cure', async () => {
    const tenantId = await readTenantUpTo('11-20 07:00', { state: { quarantined: 1 } });
    const { incidents } = world.services.storage;
    const entry = {
      incidentId: '17',
      version: time('11-20 05:00'),
      stage: 'stored' as const,
      reason: 'more than 1 MiB',
      attempts: 3,
      nextTry: '2026-11-20T09:00:00.000Z',
      since: '2026-11-20T05:05:00.000Z',
    };
    await incidents.write({ kind: 'insert', row: toQuarantineRow(tenantId, entry) });
    await writeAccess(tenantId, incidents, blocked);
    const { view } = await ask(tenantId);
    expect(view).toMatchObject({
      answer: 'no',
      quarantined: [entry],
      blockedPeriods: [
        { from: '2026-11-20T07:00:00.0000000Z', to: null, reason: 'consentMissing', cure: 'Open the link.' },
      ],
    });
    expect(view.because).toHaveLength(2);
    const shown = await world.ask(tenant, 'GET', { params: { tenantId } });
    expect(shown.json).toMatchObject({ sync: { quarantined: [{ incidentId: '17', attempts: 3 }] } });
  });

  test('nobody has read yet is not known', async () => {
    const tenantId = newId();
    await world.putTenant({ tenantId });
    expect((await ask(tenantId)).view).toMatchObject({
      answer: 'unknown',
      readThrough: null,
      windows: [{ state: 'planned' }],
    });
  });

  test('takes instants with any digits and zones', async () => {
    const tenantId = await readTenantUpTo('11-20 07:58');
    const { view } = await ask(tenantId, { from: '2026-11-20T01:00:00.5+01:00', to: '2026-11-20T07:00:00.123456789Z' });
    expect([view.from, view.to]).toEqual(['2026-11-20T00:00:00.5000000Z', '2026-11-20T07:00:00.1234567Z']);
  });

  test.each([
    [{ from: 'yesterday' }, ['from']],
    [{ to: '2026-02-30T00:00:00Z' }, ['to']],
    [{ from: '2026-11-20', to: '2026-13-01T00:00:00Z' }, ['from', 'to']],
    [{ from: '2026-11-20T07:00:00Z', to: '2026-11-20T06:00:00Z' }, ['from']],
    [{ from: '2026-11-20T07:00:00Z', to: '2026-11-20T07:00:00Z' }, ['from']],
    [{ to: '0001-01-01T00:00:00Z' }, ['to']],
    [{ since: '2026-11-20T07:00:00Z' }, ['since']],
  ])('refuses %j', async (query: Record<string, string>, fields) => {
    const reply = await ask(await readTenantUpTo('11-20 07:58'), query);
    expect([reply.status, fieldsOf(reply)]).toEqual([400, fields]);
  });

  test('out of sight is the same 404 as one there is not', async () => {
    const hidden = await readTenantUpTo('11-20 07:58', { groups: ['aaaaaaaa-0000-4000-8000-000000000001'] });
    const replies = await Promise.all([hidden, newId(), 'x'].map((tenantId) => ask(tenantId, { from: 'bad' })));
    expect(replies.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
  });
});

describe('coverage over all tenants', () => {
  const mine = 'bbbbbbbb-0000-4000-8000-000000000002';
  const page = async (query: Record<string, string>, as: Record<string, unknown> = { groups: [mine] }) =>
    (await world.ask(coverage, 'GET', { as, query })).json as unknown as CoveragePage;

  test('has each one in sight once, page by page, with its answer, and counts each page by answer', async () => {
    const gap = {
      from: time('11-20 03:00'),
      to: time('11-20 03:10'),
      reason: '206',
      attempts: 1,
      nextTry: '2026-11-20T09:00:00.000Z',
    };
    const cursor = { ...newTenantState.cursor, readThrough: time('11-20 07:58'), gaps: [gap] };
    const ids = [
      await readTenantUpTo('11-20 07:58', { groups: [mine] }),
      await readTenantUpTo('11-20 07:59', { groups: [mine] }),
      await readTenantUpTo('11-20 02:00', { groups: [mine], state: { window: undefined } }),
      await readTenantUpTo('11-20 07:58', { groups: [mine], state: { cursor } }),
    ];
    await readTenantUpTo('11-20 07:58', { groups: ['cccccccc-0000-4000-8000-000000000002'] });
    world.configure({ ungroupedTenants: 'admins' });
    const items: CoverageLine[] = [];
    const counts = { yes: 0, no: 0, unknown: 0 };
    let token: string | null = '';
    for (let pages = 0; token !== null && pages < 10; pages += 1) {
      const found: CoveragePage = await page({ limit: '3', ...(token === '' ? {} : { continue: token }) });
      items.push(...found.items);
      expect(Object.values(found.counts).reduce((sum, one) => sum + one, 0)).toBe(found.items.length);
      for (const answer of ['yes', 'no', 'unknown'] as const) counts[answer] += found.counts[answer];
      token = found.continue;
    }
    world.configure({ ungroupedTenants: 'all' });
    expect(items.map(({ tenantId }) => tenantId).sort()).toEqual([...ids].sort());
    expect(counts).toEqual({ yes: 2, no: 1, unknown: 1 });
    const answers = new Map(items.map(({ tenantId, answer, because }) => [tenantId, [answer, because.length]]));
    expect(ids.map((tenantId) => answers.get(tenantId))).toEqual([
      ['yes', 0],
      ['yes', 0],
      ['unknown', 1],
      ['no', 1],
    ]);
  });

  test('does not go on with another range, or for another caller', async () => {
    const query = { limit: '1', to: '2026-11-20T07:00:00Z' };
    const { continue: token } = await page(query, {});
    const go = (more: Record<string, string>, as: Record<string, unknown> = {}) =>
      world.ask(coverage, 'GET', { as, query: { limit: '1', continue: token ?? '', ...more } });
    expect((await go({ to: query.to })).status).toBe(200);
    expect(fieldsOf(await go({}))).toEqual(['continue']);
    expect(fieldsOf(await go({ to: query.to }, { oid: newId() }))).toEqual(['continue']);
  });

  test('refuses a reversed range by its field', async () => {
    const query = { from: '2026-11-20T07:00:00Z', to: '2026-11-20T06:00:00Z' };
    expect(fieldsOf(await world.ask(coverage, 'GET', { query }))).toEqual(['from']);
  });
});
