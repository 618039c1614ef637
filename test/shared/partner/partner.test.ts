import type { CloudState } from '../../../local/microsoft/state';
import type { LogFields } from '../../../shared/ports';
import { customersOf } from '../../../shared/partner/customers';
import { importCustomers } from '../../../shared/partner/importCustomers';
import { keepPartnerships } from '../../../shared/partner/keepPartnerships';
import { listRelationships } from '../../../shared/partner/listRelationships';
import { partnershipEndsOf } from '../../../shared/partner/partnershipEnd';
import { refreshPartnerships } from '../../../shared/partner/refreshPartnerships';
import type { Relationship } from '../../../shared/partner/relationship';
import { toRelationship } from '../../../shared/partner/relationship';
import { expiryWarning } from '../../../shared/health/expiry';
import { tenantRegistry } from '../../../shared/store/tenants';
import { createTestCloud } from '../../local/microsoft/testCloud';
import { memoryTable } from '../../support/memoryTable';
import { plainTenant } from '../../support/plainTenant';
import type { InProcessHome } from '../access/inProcessHome';
import { inProcessHome } from '../access/inProcessHome';

const granted = ['DelegatedAdminRelationship.Read.All'];
const nowMs = Date.parse('2026-11-20T12:00:00Z');

let state: CloudState;
let graph: InProcessHome;
let registry: ReturnType<typeof tenantRegistry>;
/** Of the simulated cloud: 600, 55, 25, 5 days left, and one that is over; then again. */
let ids: readonly string[];
const start = async (tenants = 10): Promise<void> => {
  state = await createTestCloud({ tenants, incidentsPerTenant: 0 });
  graph = inProcessHome(state, granted);
  registry = tenantRegistry(memoryTable());
  ids = state.world.tenants.map(({ tenantId }) => tenantId);
};
beforeEach(() => start());
const bringIn = (tenantIds?: readonly string[]) => importCustomers({ graph, registry, cloud: 'public' }, tenantIds);
const allTenants = async () => {
  const found = [];
  for await (const page of registry.pages('000', undefined)) found.push(...page);
  return found;
};

describe('the list', () => {
  test('holds every relationship, over all pages', async () => {
    await start(700);
    const found = await listRelationships(graph);
    expect(found.map((each) => each.customerTenantId).toSorted()).toEqual([...ids].toSorted());
    expect(graph.calls).toHaveLength(3);
    expect(found[1]).toMatchObject({ status: 'active', autoExtends: false, endsAt: '2027-01-14T12:00:00.000Z' });
  });

  test.each([
    ['another host', 'https://evil.example/v1.0/tenantRelationships/delegatedAdminRelationships?$skipToken=x'],
    ['another path of Graph', 'https://graph.invalid/v1.0/users'],
    ['no address', 'next'],
  ])('a next page at %s is not followed', async (_, link) => {
    graph.answerNext(() => ({
      status: 200,
      headers: {},
      body: JSON.stringify({ value: [], '@odata.nextLink': link }),
    }));
    await expect(listRelationships(graph)).rejects.toMatchObject({ code: 'ERR_CONTRACT' });
    expect(graph.calls).toHaveLength(1);
  });

  test('that never ends is left', async () => {
    const link = `${graph.endpoint}/v1.0/tenantRelationships/delegatedAdminRelationships?$skipToken=again`;
    for (let at = 0; at < 200; at += 1)
      graph.answerNext(() => ({
        status: 200,
        headers: {},
        body: JSON.stringify({ value: [], '@odata.nextLink': link }),
      }));
    await expect(listRelationships(graph)).rejects.toMatchObject({ code: 'ERR_CONTRACT' });
    expect(graph.calls).toHaveLength(100);
  });

  test('a permission that is missing is told as such', async () => {
    await expect(listRelationships(inProcessHome(state, []))).rejects.toMatchObject({
      code: 'ERR_CONSENT',
      reason: 'roleMissing',
    });
  });

  test('rows that name no customer, or nothing we know, hide no other', () => {
    const good = { id: 'a', status: 'active', customer: { tenantId: ids[0]!.toUpperCase() } };
    expect(toRelationship(good)).toEqual({
      relationshipId: 'a',
      name: 'a',
      status: 'active',
      endsAt: null,
      autoExtends: false,
      customerTenantId: ids[0],
      customerName: ids[0],
    });
    for (const broken of [null, 7, {}, { ...good, customer: null }, { ...good, customer: { tenantId: 'contoso.com' } }])
      expect(toRelationship(broken)).toBeUndefined();
    expect(toRelationship({ ...good, endDateTime: 'soon' })?.endsAt).toBeNull();
    for (const [autoExtendDuration, autoExtends] of [
      ['P180D', true],
      ['PT0S', false],
      ['P0D', false],
    ] as const)
      expect(toRelationship({ ...good, autoExtendDuration })?.autoExtends).toBe(autoExtends);
  });
});

describe('customers', () => {
  const relationship = (change: Partial<Relationship> = {}): Relationship => ({
    relationshipId: 'r1',
    name: 'Incident response',
    status: 'active',
    endsAt: '2027-06-01T00:00:00.000Z',
    autoExtends: false,
    customerTenantId: ids[0]!,
    customerName: 'Contoso',
    ...change,
  });

  test('are counted down, the first to end first', async () => {
    const found = customersOf(await listRelationships(graph), new Map(), nowMs);
    expect(found.map(({ daysLeft, warning }) => [daysLeft, warning])).toEqual([
      [5, 'urgent'],
      [5, 'urgent'],
      [25, 'near'],
      [25, 'near'],
      [55, 'soon'],
      [55, 'soon'],
      [600, null],
      [600, null],
    ]);
    expect(found.every(({ registered, inForce }) => !registered && inForce)).toBe(true);
  });

  test('whose relationship is over are shown where they are registered', async () => {
    const over = ids[4]!;
    const registered = new Map([[over, plainTenant(over, { name: 'Our name' })]]);
    const [first] = customersOf(await listRelationships(graph), registered, nowMs);
    expect(first).toMatchObject({
      tenantId: over,
      name: 'Our name',
      status: 'expired',
      inForce: false,
      daysLeft: -10,
      warning: 'over',
      registered: true,
    });
  });

  test('with several relationships stand there once, by the one that holds longest', () => {
    const all = [
      relationship({ relationshipId: 'short', endsAt: '2026-12-01T00:00:00.000Z' }),
      relationship({ relationshipId: 'over', status: 'expired', endsAt: '2028-01-01T00:00:00.000Z' }),
      relationship({ relationshipId: 'long' }),
      relationship({ relationshipId: 'asked', status: 'approvalPending', endsAt: '2029-01-01T00:00:00.000Z' }),
    ];
    for (const order of [all, all.toReversed()])
      expect(customersOf(order, new Map(), nowMs)).toMatchObject([{ relationshipId: 'long' }]);
  });

  test('whose relationship goes on by itself, or whose end nobody told', () => {
    const goesOn = relationship({ endsAt: '2026-11-25T00:00:00.000Z', autoExtends: true });
    expect(customersOf([goesOn], new Map(), nowMs)).toMatchObject([{ daysLeft: 4, warning: null }]);
    const untold = relationship({ endsAt: null });
    expect(customersOf([untold], new Map(), nowMs)).toMatchObject([{ daysLeft: null, warning: 'unknown' }]);
  });
});

describe('an import', () => {
  test('registers those in force, switched off, with what tells of the relationship', async () => {
    const { imported, known } = await bringIn();
    expect(imported.map(({ tenantId }) => tenantId).toSorted()).toEqual(ids.filter((_, at) => at % 5 !== 4).toSorted());
    expect(known).toEqual([]);
    const displayName = state.world.tenants[1]!.displayName;
    expect(await registry.get(ids[1]!)).toMatchObject({
      name: displayName,
      enabled: false,
      cloud: 'public',
      attributes: { partnerRelationship: `${displayName}: incident response`.slice(0, 50) },
      partnership: { status: 'active', endsAt: '2027-01-14T12:00:00.000Z', autoExtends: false },
    });
  });

  test('of those named takes them alone; asked again it changes nothing', async () => {
    const named = [ids[1]!, ids[2]!];
    expect((await bringIn(named)).imported).toHaveLength(2);
    const before = await allTenants();
    expect(await bringIn([...named, named[0]!])).toEqual({ imported: [], known: named });
    expect(await allTenants()).toEqual(before);
  });

  test('leaves what is registered as it is, but for the end of its relationship', async () => {
    const mine = plainTenant(ids[1]!, { name: 'Mine', enabled: true, groups: ['g'], attributes: { a: 'b' } });
    await registry.put(mine);
    const { known } = await bringIn();
    expect(known).toEqual([ids[1]]);
    expect(await registry.get(ids[1]!)).toMatchObject({ ...mine, partnership: { endsAt: '2027-01-14T12:00:00.000Z' } });
  });

  test('of one that is no customer, or no more, is refused as a whole', async () => {
    await expect(bringIn([ids[0]!, ids[4]!, '99999999-0000-4000-8000-000000000009'])).rejects.toMatchObject({
      code: 'ERR_REQUEST',
      fields: [{ field: 'tenantIds.1' }, { field: 'tenantIds.2' }],
    });
    expect(await allTenants()).toEqual([]);
  });

  test('names that customers choose come clean', async () => {
    const value = [
      {
        id: 'r',
        displayName: `a\u0000b${'x'.repeat(400)}`,
        status: 'active',
        customer: { tenantId: ids[0], displayName: ' \u001b[31mRed\ud800 ' },
      },
      { id: 's', displayName: 's', status: 'active', customer: { tenantId: ids[1], displayName: '\u0007' } },
    ];
    graph.answerNext(() => ({ status: 200, headers: {}, body: JSON.stringify({ value }) }));
    const { imported } = await bringIn();
    expect(imported.map(({ name }) => name)).toEqual(['[31mRed\ufffd', ids[1]]);
    expect((await registry.get(ids[0]!))?.attributes.partnerRelationship).toHaveLength(256);
  });
});

describe('ends', () => {
  const stages = async (): Promise<readonly (string | undefined)[]> =>
    Promise.all(
      ids.slice(0, 5).map(async (tenantId) => {
        const tenant = await registry.get(tenantId);
        const [end] = tenant === undefined ? [] : partnershipEndsOf(tenant);
        return end && expiryWarning(end, nowMs)?.stage;
      }),
    );

  test('are told with each tenant, 60, 30 and 7 days ahead', async () => {
    await bringIn();
    await registry.put(plainTenant(ids[4]!));
    await keepPartnerships(registry, await listRelationships(graph), nowMs);
    expect(await stages()).toEqual([undefined, 'soon', 'near', 'urgent', 'over']);
  });

  test('that were moved are known after the daily look; nothing else is written', async () => {
    await bringIn();
    const before = await allTenants();
    const messages: (readonly [string, LogFields | undefined])[] = [];
    const note = (message: string, fields?: LogFields): void => void messages.push([message, fields]);
    const log = { info: note, warn: note, error: note };
    await refreshPartnerships({ graph, registry, log });
    expect(await allTenants()).toEqual(before);
    const tenant = state.world.tenants[3]!;
    state.partnerships.change(tenant, { endDateTime: '2028-11-20T00:00:00Z' });
    state.partnerships.change(state.world.tenants[1]!, { autoExtend: true });
    state.partnerships.change(state.world.tenants[2]!, { status: 'terminated' });
    await refreshPartnerships({ graph, registry, log });
    expect(messages).toEqual([
      ['partner relationships read', { changed: 0 }],
      ['partner relationships read', { changed: 3 }],
    ]);
    expect(await registry.get(tenant.tenantId)).toMatchObject({ partnership: { endsAt: '2028-11-20T00:00:00.000Z' } });
    expect((await stages()).slice(1, 4)).toEqual([undefined, 'over', undefined]);
  });

  test('a relationship that Graph lists no more is over', async () => {
    await bringIn([ids[0]!]);
    await keepPartnerships(registry, [], nowMs);
    const { partnership } = (await registry.get(ids[0]!))!;
    expect(partnership).toMatchObject({ status: 'terminated', endsAt: new Date(nowMs).toISOString() });
    expect(await keepPartnerships(registry, [], nowMs + 60_000)).toBe(0);
  });

  test('are not asked for where nobody is a customer by a relationship, and stay where Graph refuses', async () => {
    const messages: string[] = [];
    const note = (message: string): void => void messages.push(message);
    const log = { info: note, warn: note, error: note };
    await registry.put(plainTenant(ids[0]!));
    await refreshPartnerships({ graph, registry, log });
    expect(graph.calls).toEqual([]);
    await bringIn([ids[1]!]);
    const before = await allTenants();
    await refreshPartnerships({ graph: inProcessHome(state, []), registry, log });
    expect(messages).toEqual(['partner relationships not read']);
    expect(await allTenants()).toEqual(before);
  });
});
