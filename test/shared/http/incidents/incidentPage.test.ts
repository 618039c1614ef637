import type { Caller } from '../../../../shared/http/callers/caller';
import type { Page } from '../../../../shared/http/input/continueToken';
import { pageAcrossTenants, pageOfTenant } from '../../../../shared/http/incidents/incidentPage';
import { incidentsQuery, tenantIncidentsQuery } from '../../../../shared/http/incidents/incidentQuery';
import type { IncidentRowView } from '../../../../shared/http/incidents/incidentView';
import type { StoredIncident } from '../../../../shared/model/incident';
import { incidentIdOfRowKey, tenantNibble } from '../../../../shared/store/keys';
import type { ReadCounts } from '../../../support/countedTable';
import type { FilledStorage } from '../../../support/filledStorage';
import { filledStorage } from '../../../support/filledStorage';
import { plainTenant, tenantIdOf } from '../../../support/plainTenant';

const [groupA, groupB] = ['aaaaaaaa-0000-4000-8000-00000000000a', 'aaaaaaaa-0000-4000-8000-00000000000b'] as const;
const caller = (role: 'Reader' | 'Admin', groups: readonly string[] = []): Caller => ({
  objectId: '22222222-2222-4222-8222-222222222222',
  name: 'someone',
  kind: 'user',
  roles: new Set([role]),
  groups,
  tenantId: 'home',
});

const ask = ({ services }: FilledStorage, who: Caller, query: Record<string, string> = {}) => {
  const { tenantId, group, ...rest } = incidentsQuery.parse(query);
  return pageAcrossTenants(services, who, { ...rest, tenantId, group });
};
const askTenant = ({ services }: FilledStorage, tenant: number, query: Record<string, string> = {}) =>
  pageOfTenant(services, caller('Reader'), plainTenant(tenantIdOf(tenant)), tenantIncidentsQuery.parse(query));

/** What the work reads; the key of continue tokens, which a process reads once, is there before. */
const costOf = async (filled: FilledStorage, work: () => Promise<unknown>): Promise<ReadCounts> => {
  await ask(filled, caller('Admin'), { limit: '1' });
  Object.assign(filled.counts, { operations: 0, rows: 0 });
  await work();
  return { ...filled.counts };
};

const named = ({ tenantId, incidentId }: { readonly tenantId: string; readonly incidentId: string }): string =>
  `${tenantId}/${incidentId}`;
const shown = ({ items }: Page<IncidentRowView>): string[] => items.map(named);
const expected = (incidents: readonly StoredIncident[], ...hidden: readonly string[]): string[] =>
  incidents
    .filter(({ header: { status }, tenantId }) => status === 'active' && !hidden.includes(tenantId))
    .map(({ tenantId, header: { incidentId } }) => named({ tenantId, incidentId }));

describe('the first page over a thousand tenants of 500 incidents', () => {
  let few: FilledStorage;
  let many: FilledStorage;
  beforeAll(async () => {
    few = await filledStorage({ tenants: 10, incidentsOf: () => 500 });
    many = await filledStorage({ tenants: 1_000, incidentsOf: () => 500 });
  }, 120_000);

  test.each([{}, { status: 'all' }, { sort: 'severity' }, { severity: 'high' }] as Record<string, string>[])(
    'costs no more than twice what it costs over ten: %j',
    async (query) => {
      for (const who of [caller('Admin'), caller('Reader'), caller('Reader', [groupA])]) {
        const [little, much] = await Promise.all(
          [few, many].map((filled) => costOf(filled, () => ask(filled, who, query))),
        );
        expect(much!.operations).toBeLessThanOrEqual(2 * little!.operations);
        expect(much!.rows).toBeLessThanOrEqual(2 * little!.rows);
      }
    },
  );

  test('costs three point reads a row at the most beside the feed, and leaves the registry unread', async () => {
    for (const limit of [1, 50, 200]) {
      const { operations, rows } = await costOf(many, () => ask(many, caller('Admin'), { limit: `${limit}` }));
      expect(operations).toBeLessThanOrEqual(3 * (limit + 1) + 64);
      expect(rows).toBeLessThan(1_000);
    }
  });

  test('shows the newest of all of them', async () => {
    for (const filled of [few, many]) {
      const page = await ask(filled, caller('Admin'), { limit: '200' });
      expect(shown(page)).toEqual(expected(filled.newest).slice(0, 200));
      expect(page.continue).not.toBeNull();
    }
  });

  test('of one tenant is read from its own partition, by whatever path it is asked for', async () => {
    const tenantId = tenantIdOf(7);
    const own = await askTenant(many, 7);
    expect(own.items).toHaveLength(50);
    expect((await ask(many, caller('Admin'), { tenantId })).items).toEqual(own.items);
    for (const work of [() => askTenant(many, 7), () => ask(many, caller('Admin'), { tenantId })])
      expect((await costOf(many, work)).operations).toBeLessThanOrEqual(3);
  });
});

describe('a caller who may read few of many tenants', () => {
  const members = [11, 222, 333];
  const ids = members.map(tenantIdOf);
  let filled: FilledStorage;
  beforeAll(async () => {
    filled = await filledStorage({
      tenants: 400,
      incidentsOf: () => 60,
      registrationOf: (tenant) => ({ groups: [members.includes(tenant) ? groupA : groupB] }),
    });
  });

  const whole = async (from: FilledStorage, query: Record<string, string>, who: Caller) => {
    const all: string[] = [];
    let pages = 0;
    for (let place: Record<string, string> = {}; ;) {
      const page = await ask(from, who, { ...query, ...place });
      all.push(...shown(page));
      pages += 1;
      if (page.continue === null) return { pages, all };
      expect(page.items).toHaveLength(40);
      place = { continue: page.continue };
    }
  };

  test.each([
    ['where ungrouped tenants are for all', caller('Reader', [groupA]), {}, 'all'],
    ['where they are for admins', caller('Reader', [groupA]), {}, 'admins'],
    ['by naming a group', caller('Admin'), { group: groupA }, 'all'],
  ] as const)('gets full pages to the end, %s', async (_title, who, query, ungroupedTenants) => {
    const own = await Promise.all(members.map((tenant) => askTenant(filled, tenant, { limit: '200', status: 'all' })));
    const newestFirst = own
      .flatMap(({ items }) => items)
      .sort((a, b) => (a.lastUpdateDateTime < b.lastUpdateDateTime ? 1 : -1));
    expect(newestFirst).toHaveLength(180);
    const configured = { ...filled, services: { ...filled.services, config: { ungroupedTenants } } };
    const { all, pages } = await whole(configured, { ...query, status: 'all', limit: '40' }, who);
    expect(all).toEqual(newestFirst.map(named));
    expect(pages).toBe(5);
  });

  test('costs a bounded number of lookups, then the registry once', async () => {
    const { operations, rows } = await costOf(filled, () => ask(filled, caller('Reader', [groupA])));
    expect(operations).toBeLessThan(4 * 51 + 32 + 100);
    expect(rows).toBeLessThan(400 + 236 + 180 + 5_000);
    expect(new Set((await ask(filled, caller('Reader', [groupA]))).items.map(({ tenantId }) => tenantId))).toEqual(
      new Set(ids),
    );
  });
});

describe('what a list may show', () => {
  test('is asked of the registry once a tenant and request, and anew for the next request', async () => {
    const filled = await filledStorage({ tenants: 5, incidentsOf: () => 40 });
    const asked: string[] = [];
    const { registry } = filled.services;
    const services = {
      ...filled.services,
      registry: {
        ...registry,
        get: (tenantId: string) => {
          asked.push(tenantId);
          return registry.get(tenantId);
        },
      },
    };
    const watched = { ...filled, services };
    const reader = caller('Reader', [groupA]);
    expect(shown(await ask(watched, reader))).toEqual(expected(filled.newest).slice(0, 50));
    expect(asked.sort()).toEqual([1, 2, 3, 4, 5].map(tenantIdOf));

    const [grouped, sealed, gone] = [tenantIdOf(1), tenantIdOf(2), tenantIdOf(3)] as const;
    await filled.register(grouped, { groups: [groupB] });
    await filled.register(sealed, { groups: [groupA], sealed: true });
    await filled.remove(gone);
    expect(shown(await ask(watched, reader))).toEqual(expected(filled.newest, grouped, gone).slice(0, 50));
    expect(shown(await ask(watched, caller('Admin')))).toEqual(expected(filled.newest, sealed, gone).slice(0, 50));
    expect(asked).toHaveLength(15);
  });

  test('carries the names of the tenants', async () => {
    const filled = await filledStorage({ tenants: 3, incidentsOf: () => 5 });
    await filled.register(tenantIdOf(2), { name: 'Contoso' });
    const { items } = await ask(filled, caller('Admin'), { status: 'all' });
    expect(items).toHaveLength(15);
    expect(new Set(items.map(({ tenantId, tenantName }) => `${tenantId} ${tenantName}`))).toEqual(
      new Set([`${tenantIdOf(1)} Name of 00000001`, `${tenantIdOf(2)} Contoso`, `${tenantIdOf(3)} Name of 00000003`]),
    );
  });
});

describe('the list of a large tenant', () => {
  const walk = async (filled: FilledStorage, tenant: number, pages: number): Promise<string[]> => {
    const seen: string[] = [];
    let query: Record<string, string> = { limit: '30' };
    for (let page = 0; page < pages; page += 1) {
      const { items, continue: next } = await askTenant(filled, tenant, query);
      seen.push(...items.map(named));
      if (next === null) break;
      expect(items).toHaveLength(30);
      query = { limit: '30', continue: next };
    }
    return seen;
  };

  test('costs one page of its partition and what the feed takes, not all of its rows', async () => {
    const filled = await filledStorage({ tenants: 20, incidentsOf: (tenant) => (tenant === 1 ? 20_000 : 500) });
    const { operations, rows } = await costOf(filled, () => askTenant(filled, 1));
    expect(operations).toBeLessThanOrEqual(1 + 51 + 10);
    expect(rows).toBeLessThanOrEqual(1_000 + 51 + 500);
    const own = filled.newest.filter(({ tenantId }) => tenantId === tenantIdOf(1));
    expect(await walk(filled, 1, 8)).toEqual(expected(own).slice(0, 240));
  });

  test('is read to the end where the feed shows others only', async () => {
    const neighbour = Array.from({ length: 500 }, (_, n) => n + 2).find(
      (n) => tenantNibble(tenantIdOf(n)) === tenantNibble(tenantIdOf(1)),
    )!;
    const filled = await filledStorage({
      tenants: neighbour,
      incidentsOf: (tenant) => (tenant === 1 ? 2_500 : tenant === neighbour ? 4_000 : 0),
      quietDaysOf: (tenant) => (tenant === 1 ? 60 : 0),
    });
    const { operations, rows } = await costOf(filled, () => askTenant(filled, 1));
    expect(operations).toBeLessThanOrEqual(3 + 8);
    expect(rows).toBeLessThanOrEqual(2_500 + 4_000);
    const stored: { id: string; version: string }[] = [];
    for await (const page of filled.services.storage.incidents.pages({ partition: tenantIdOf(1) }))
      for (const { row } of page)
        if (row.status === 'active') stored.push({ id: incidentIdOfRowKey(row.rowKey), version: String(row.version) });
    const newestFirst = stored.sort((a, b) => (a.version < b.version ? 1 : -1));
    expect(await walk(filled, 1, 100)).toEqual(
      newestFirst.map(({ id }) => named({ tenantId: tenantIdOf(1), incidentId: id })),
    );
  });
});
