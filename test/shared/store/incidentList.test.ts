import { listOfFewTenants } from '../../../shared/store/fewTenantsList';
import type { FeedReader, ListedIncidents, ListQuery } from '../../../shared/store/incidentList';
import { listAcrossTenants } from '../../../shared/store/incidentList';
import { incidentStore } from '../../../shared/store/incidents';
import { knownTenants } from '../../../shared/store/listedTenants';
import { tenantNibble } from '../../../shared/store/keys';
import type { TenantReader } from '../../../shared/store/tenantIncidentList';
import { listOfTenant } from '../../../shared/store/tenantIncidentList';
import type { GivenIncident, HttpWorld } from '../http/httpWorld';
import { startHttpWorld } from '../http/httpWorld';

let world: HttpWorld;
let reader: FeedReader;
beforeAll(async () => {
  world = await startHttpWorld();
  const { storage, feed } = world.services;
  reader = { feed, header: (tenantId, id) => incidentStore(tenantId, storage.incidents, storage.bodies).header(id) };
});
afterAll(() => world.stop());

/** Tenants of their own for each test: the feed is one for all. */
let lastTenant = 0;
const newTenants = (count: number): string[] =>
  Array.from({ length: count }, () => `44444444-4444-4444-8444-${(lastTenant += 1).toString(16).padStart(12, '0')}`);

const everything: ListQuery['filter'] = {
  status: 'all',
  severity: undefined,
  assignedTo: undefined,
  updatedSince: undefined,
  q: undefined,
};
const asked = (change: Partial<ListQuery> = {}): ListQuery => ({
  filter: everything,
  sort: 'updated',
  limit: 10,
  from: undefined,
  ...change,
});
const minute = (n: number): string =>
  `2026-11-19T${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}:00.5Z`;
const idsOf = ({ incidents }: ListedIncidents): string[] => incidents.map(({ header }) => header.incidentId);

type Lister = (query: ListQuery) => Promise<ListedIncidents>;
const acrossOf =
  (tenants: readonly string[]): Lister =>
  (query) =>
    listAcrossTenants(reader, knownTenants(tenants), query);
const tenantReader = (tenantId: string): TenantReader => {
  const { feed, storage } = world.services;
  return { tenantId, store: incidentStore(tenantId, storage.incidents, storage.bodies), feed };
};
const ofTenant =
  ([tenantId = '']: readonly string[]): Lister =>
  (query) =>
    listOfTenant(tenantReader(tenantId), query);
const ofFew =
  (tenants: readonly string[]): Lister =>
  (query) =>
    listOfFewTenants(tenants.map(tenantReader), query);

const walk = async (
  list: Lister,
  query: ListQuery,
  between: () => Promise<void> = () => Promise.resolve(),
): Promise<string[]> => {
  const ids: string[] = [];
  for (let from = query.from; ;) {
    const page = await list({ ...query, from });
    ids.push(...idsOf(page));
    if (page.next === undefined) return ids;
    from = page.next;
    await between();
  }
};

const storeAll = async (incidents: readonly GivenIncident[]): Promise<void> => {
  await Promise.all(incidents.map((incident) => world.store(incident)));
};

describe('a list over several tenants', () => {
  test('is one list, newest update first, whatever the size of a page', async () => {
    const tenants = newTenants(5);
    expect(new Set(tenants.map(tenantNibble)).size).toBeGreaterThan(2);
    const given = Array.from({ length: 60 }, (_, n) => ({
      tenantId: tenants[(n * 7) % 5]!,
      id: `${1000 + n}`,
      updated: minute((n * 37) % 60),
    }));
    await storeAll(given);
    const expected = [...given].sort((a, b) => (a.updated < b.updated ? 1 : -1)).map(({ id }) => id);
    for (const limit of [1, 7, 60, 200]) expect(await walk(acrossOf(tenants), asked({ limit }))).toEqual(expected);
  });

  test('loses and repeats nothing while new incidents come in between its pages', async () => {
    const tenants = newTenants(3);
    const given = Array.from({ length: 40 }, (_, n) => ({ tenantId: tenants[n % 3]!, id: `${n}`, updated: minute(n) }));
    await storeAll(given);
    let added = 0;
    const ids = await walk(acrossOf(tenants), asked({ limit: 4 }), async () => {
      added += 1;
      // Some newer than all, some into the middle of what is still to come.
      await world.store({
        tenantId: tenants[added % 3]!,
        id: `late-${added}`,
        updated: minute(added % 2 === 0 ? 100 + added : added),
      });
    });
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !id.startsWith('late'))).toEqual(given.map(({ id }) => id).reverse());
  });

  test('orders incidents of one instant alike on every page', async () => {
    const tenants = newTenants(4);
    await storeAll(tenants.flatMap((tenantId) => ['1', '2', '3'].map((id) => ({ tenantId, id, updated: minute(5) }))));
    const whole = await acrossOf(tenants)(asked({ limit: 50 }));
    expect(whole.incidents).toHaveLength(12);
    expect(await walk(acrossOf(tenants), asked({ limit: 1 }))).toEqual(idsOf(whole));
  });

  test('drops hints without a row, and those an update left behind', async () => {
    const [tenantId = ''] = newTenants(1);
    await world.store({ tenantId, id: '1', updated: minute(1) });
    await world.store({ tenantId, id: '1', updated: minute(9) });
    await world.hint({ tenantId, id: '2', updated: minute(5) });
    await world.store({ tenantId, id: '3', updated: minute(3) });
    await world.hint({ tenantId, id: '3', updated: minute(7) });
    const { incidents, next } = await acrossOf([tenantId])(asked());
    expect(incidents.map(({ header, version }) => [header.incidentId, version])).toEqual([
      ['1', '2026-11-19T00:09:00.5000000Z'],
      ['3', '2026-11-19T00:03:00.5000000Z'],
    ]);
    expect(next).toBeUndefined();
  });

  test('shows no incident of a tenant that was not asked for', async () => {
    const [mine = '', theirs = ''] = newTenants(2);
    await storeAll([
      { tenantId: mine, id: '1', updated: minute(1) },
      { tenantId: theirs, id: '2', updated: minute(2) },
    ]);
    expect(idsOf(await acrossOf([mine])(asked()))).toEqual(['1']);
    expect(idsOf(await acrossOf([])(asked()))).toEqual([]);
  });

  test('answers what it found after 5,000 hints, and goes on from there', async () => {
    const [mine = ''] = newTenants(1);
    let asks = 0;
    const endless: FeedReader = {
      header: (tenantId, id) =>
        incidentStore(tenantId, world.services.storage.incidents, world.services.storage.bodies).header(id),
      feed: {
        pages: async function* (_nibble, after, _where, pageSize) {
          await Promise.resolve();
          const start = after === undefined ? 0 : Number(after.slice(0, 20)) + 1;
          asks += pageSize;
          yield Array.from({ length: pageSize }, (_, n) => ({
            tenantId: 'other',
            incidentId: `${start + n}`,
            version: '2026-11-19T00:00:00.0000000Z' as never,
            displayName: null,
            status: 'active',
            severity: null,
            assignedTo: null,
            rowKey: `${String(start + n).padStart(20, '0')}_other`,
          }));
        },
      },
    };
    const page = await listAcrossTenants(endless, knownTenants([mine]), asked());
    expect(page.incidents).toEqual([]);
    expect(page.next).toBeDefined();
    expect(asks).toBeLessThan(10_000);
  });
});

const severities = ['low', 'high', 'informational', 'medium', 'unknown', 'high', 'weird', 'low'];
const mixed = (tenants: readonly string[]): GivenIncident[] =>
  severities.map((severity, n) => ({
    tenantId: tenants[n % tenants.length]!,
    id: `${n}`,
    updated: minute(n),
    severity,
    status: ['active', 'resolved', 'inProgress', 'redirected', 'somethingNew', 'active', 'resolved', 'active'][n]!,
    displayName: n === 0 ? 'Ransomware on FIN-01' : 'Phishing',
    ...(n % 2 === 0 ? { assignedTo: 'Ana@contoso.example' } : {}),
  }));

describe.each([
  ['over several tenants', 3, acrossOf],
  ['of a few tenants, each from its own partition', 3, ofFew],
  ['of one tenant', 1, ofTenant],
] as const)('a list %s', (_name, count, listOf) => {
  const cases: [string, Partial<ListQuery>, string[]][] = [
    [
      'shows open ones, unknown states among them',
      { filter: { ...everything, status: 'open' } },
      ['7', '5', '4', '2', '0'],
    ],
    ['shows all', {}, ['7', '6', '5', '4', '3', '2', '1', '0']],
    ['shows one status', { filter: { ...everything, status: ['redirected'] } }, ['3']],
    ['shows several statuses', { filter: { ...everything, status: ['resolved', 'inProgress'] } }, ['6', '2', '1']],
    ['shows one severity', { filter: { ...everything, severity: ['high'] } }, ['5', '1']],
    ['shows several severities', { filter: { ...everything, severity: ['low', 'weird'] } }, ['7', '6', '0']],
    [
      'shows what someone owns, without case',
      { filter: { ...everything, assignedTo: 'ANA@contoso.example' } },
      ['6', '4', '2', '0'],
    ],
    [
      'shows what was updated since, inclusive',
      { filter: { ...everything, updatedSince: '2026-11-19T00:05:00.5000000Z' as never } },
      ['7', '6', '5'],
    ],
    ['finds a part of the name without case', { filter: { ...everything, q: 'ransom' } }, ['0']],
    ['finds a whole id', { filter: { ...everything, q: '6' } }, ['6']],
    [
      'sorts by severity, newest first inside, the unknown last',
      { sort: 'severity' },
      ['5', '1', '3', '7', '0', '2', '6', '4'],
    ],
    [
      'filters and sorts at once',
      { sort: 'severity', filter: { ...everything, status: 'open' } },
      ['5', '7', '0', '2', '4'],
    ],
  ];

  test.each(cases)('%s', async (_title, change, expected) => {
    const tenants = newTenants(count);
    await storeAll(mixed(tenants));
    const list = listOf(tenants);
    for (const limit of [1, 3, 50]) expect(await walk(list, asked({ limit, ...change }))).toEqual(expected);
  });
});

test('both lists of one tenant agree, and each goes on where the other stopped', async () => {
  const tenants = newTenants(1);
  await storeAll(mixed(tenants));
  for (const sort of ['updated', 'severity'] as const) {
    const [across, own] = [acrossOf(tenants), ofTenant(tenants)];
    const first = await across(asked({ sort, limit: 3 }));
    expect(await own(asked({ sort, limit: 3 }))).toEqual(first);
    expect(await own(asked({ sort, from: first.next! }))).toEqual(await across(asked({ sort, from: first.next! })));
  }
});
