import { believableChange } from '../../../../local/microsoft/world/believableChange';
import { ChangeError } from '../../../../local/microsoft/world/changes';
import type { Change } from '../../../../local/microsoft/world/changes';
import type { World } from '../../../../local/microsoft/world/createWorld';
import { createWorld } from '../../../../local/microsoft/world/createWorld';
import type { Incident } from '../../../../local/microsoft/world/incident';
import { createRandom } from '../../../../local/microsoft/world/random';
import { compareLastUpdate } from '../../../../local/microsoft/world/tenantIncidents';
import { parseTime7 } from '../../../../local/microsoft/world/time7';
import { createTestClock, now } from '../testCloud';

let world: World;
let tenantId: string;
let open: Incident[];

beforeEach(() => {
  world = createWorld({ seed: 3, tenants: 2, incidentsPerTenant: 300, now, clock: createTestClock() });
  const tenant = world.tenants[0]!;
  tenantId = tenant.tenantId;
  open = world.incidentsOf(tenant).byCreation.filter(({ status }) => status === 'active');
});

const find = (incidentId: string): Incident => world.incidentsOf(world.tenants[0]!).byId.get(incidentId)!;

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'nothing thrown';
  } catch (error) {
    return error instanceof ChangeError ? error.code : String(error);
  }
};

describe('apply', () => {
  test('a created incident is the newest by id, creation and last update', () => {
    const { incidentId, at } = world.apply({ kind: 'create', tenantId, displayName: 'Drill', severity: 'low' });
    const { byCreation, byLastUpdate } = world.incidentsOf(world.tenants[0]!);
    expect(byCreation.at(-1)).toBe(byLastUpdate.at(-1));
    expect(byCreation.at(-1)).toMatchObject({
      id: incidentId,
      displayName: 'Drill',
      severity: 'low',
      status: 'active',
      createdDateTime: at,
      lastUpdateDateTime: at,
    });
    expect(Number(incidentId)).toBeGreaterThan(Number(byCreation.at(-2)!.id));
  });

  test('an update changes what it names, adds alerts and a comment, and moves the incident to the end', () => {
    const { id, displayName, alerts } = open[0]!;
    const { at } = world.apply({
      kind: 'update',
      tenantId,
      incidentId: id,
      severity: 'high',
      customTags: ['vip'],
      addAlerts: 2,
      comment: 'hm',
    });
    expect(find(id)).toMatchObject({ displayName, severity: 'high', customTags: ['vip'], lastUpdateDateTime: at });
    expect(find(id).alerts).toHaveLength(alerts.length + 2);
    expect(find(id).comments.at(-1)).toMatchObject({ comment: 'hm', createdDateTime: at });
    expect(world.truth(tenantId).at(-1)).toEqual({
      tenantId,
      incidentId: id,
      lastUpdateDateTime: at,
      status: 'active',
      alertsCount: alerts.length + 2,
    });
  });

  test('resolve sets the verdict and reopen takes it back', () => {
    const incidentId = open[0]!.id;
    world.apply({
      kind: 'resolve',
      tenantId,
      incidentId,
      classification: 'falsePositive',
      determination: 'notMalicious',
    });
    expect(find(incidentId)).toMatchObject({
      status: 'resolved',
      classification: 'falsePositive',
      determination: 'notMalicious',
    });
    world.apply({ kind: 'reopen', tenantId, incidentId });
    expect(find(incidentId)).toMatchObject({ status: 'active', classification: 'unknown', determination: 'unknown' });
  });

  test('a redirect hands the alerts to the survivor and bumps both', () => {
    const [absorbed, survivor] = [open[0]!, open[1]!];
    const together = absorbed.alerts.length + survivor.alerts.length;
    world.apply({ kind: 'redirect', tenantId, incidentId: absorbed.id, into: survivor.id });
    expect(find(absorbed.id)).toMatchObject({ status: 'redirected', redirectIncidentId: survivor.id, alerts: [] });
    expect(find(survivor.id).alerts).toHaveLength(together);
    expect(
      world
        .truth(tenantId)
        .slice(-2)
        .map(({ incidentId }) => incidentId),
    ).toEqual([absorbed.id, survivor.id]);
  });

  test('a late update shows up now under its own older time, below what the tenant saw last', () => {
    const { id, createdDateTime } = open[0]!;
    const first = world.apply({ kind: 'update', tenantId, incidentId: open[1]!.id, comment: 'x' });
    const at = '2026-11-20T11:59:00.1234567Z';
    expect(world.apply({ kind: 'update', tenantId, incidentId: id, addAlerts: 1, at })).toMatchObject({ at });
    expect(find(id)).toMatchObject({ createdDateTime, lastUpdateDateTime: at });
    expect(world.truth(tenantId).at(-1)).toMatchObject({ incidentId: open[1]!.id, lastUpdateDateTime: first.at });
    const next = world.apply({ kind: 'update', tenantId, incidentId: id, comment: 'y' });
    expect(parseTime7(next.at)!).toBeGreaterThan(parseTime7(first.at)!);
  });

  test('a late incident lies among those of its time, under a number no other ever had', () => {
    const at = '2026-10-03T04:05:06.7Z';
    const last = world.incidentsOf(world.tenants[0]!).byCreation.at(-1)!;
    const { incidentId } = world.apply({ kind: 'create', tenantId, at });
    expect(Number(incidentId)).toBe(last.number + 1);
    expect(find(incidentId)).toMatchObject({
      createdDateTime: '2026-10-03T04:05:06.7000000Z',
      lastUpdateDateTime: '2026-10-03T04:05:06.7000000Z',
    });
    const { byCreation, byLastUpdate } = world.incidentsOf(world.tenants[0]!);
    expect(byCreation.at(-1)).toBe(last);
    byCreation
      .slice(1)
      .forEach((each, position) =>
        expect(each.createdTicks).toBeGreaterThanOrEqual(byCreation[position]!.createdTicks),
      );
    expect([...byLastUpdate].sort(compareLastUpdate)).toEqual(byLastUpdate);
    expect(Number(world.apply({ kind: 'create', tenantId }).incidentId)).toBe(last.number + 2);
  });

  test('a last update goes back only by force, and never before the creation', () => {
    const { incidentId, at } = world.apply({ kind: 'create', tenantId, at: '2026-11-20T10:00:00Z' });
    world.apply({ kind: 'update', tenantId, incidentId, comment: 'x', at: '2026-11-20T11:00:00Z' });
    const back = { kind: 'update', tenantId, incidentId, comment: 'y', at: '2026-11-20T10:30:00Z' } as const;
    expect(codeOf(() => world.apply(back))).toBe('refused');
    world.apply({ ...back, force: true });
    expect(find(incidentId)).toMatchObject({ lastUpdateDateTime: '2026-11-20T10:30:00.0000000Z', createdDateTime: at });
    expect(codeOf(() => world.apply({ ...back, at: '2026-11-20T09:59:59Z', force: true }))).toBe('refused');
  });

  test('a removed incident is gone from every list and its number is not given again', () => {
    const { incidentId, at } = world.apply({ kind: 'create', tenantId });
    world.apply({ kind: 'remove', tenantId, incidentId });
    const { byId, byCreation, byLastUpdate } = world.incidentsOf(world.tenants[0]!);
    expect(byId.has(incidentId)).toBe(false);
    expect([byCreation.length, byLastUpdate.length]).toEqual([byId.size, byId.size]);
    expect(world.truth(tenantId).some((row) => row.incidentId === incidentId)).toBe(false);
    const next = world.apply({ kind: 'create', tenantId });
    expect(Number(next.incidentId)).toBe(Number(incidentId) + 1);
    expect(parseTime7(next.at)!).toBeGreaterThan(parseTime7(at)!);
  });

  test('a forced redirect closes a cycle, in which nobody has alerts', () => {
    const [first, second] = [open[0]!.id, open[1]!.id];
    world.apply({ kind: 'redirect', tenantId, incidentId: first, into: second });
    expect(codeOf(() => world.apply({ kind: 'redirect', tenantId, incidentId: second, into: first }))).toBe('refused');
    world.apply({ kind: 'redirect', tenantId, incidentId: second, into: first, force: true });
    expect(find(first)).toMatchObject({ status: 'redirected', redirectIncidentId: second, alerts: [] });
    expect(find(second)).toMatchObject({ status: 'redirected', redirectIncidentId: first, alerts: [] });
    world.apply({ kind: 'redirect', tenantId, incidentId: first, into: first, force: true });
    expect(find(first)).toMatchObject({ redirectIncidentId: first });
  });

  test('last updates of a tenant strictly increase while the clock stands still', () => {
    const times = Array.from(
      { length: 50 },
      () => world.apply({ kind: 'update', tenantId, incidentId: open[0]!.id, comment: 'x' }).at,
    );
    const ticks = times.map((time) => parseTime7(time)!);
    expect(times.every((time) => /\.\d{7}Z$/.test(time))).toBe(true);
    ticks.slice(1).forEach((each, position) => expect(each).toBeGreaterThan(ticks[position]!));
  });

  const refused: [string, () => Change, string][] = [
    ['an unknown tenant', () => ({ kind: 'create', tenantId: 'nobody' }), 'notFound'],
    ['the home tenant', () => ({ kind: 'create', tenantId: world.homeTenant.tenantId }), 'notFound'],
    ['an unknown incident', () => ({ kind: 'reopen', tenantId, incidentId: '0' }), 'notFound'],
    ['removing what is not there', () => ({ kind: 'remove', tenantId, incidentId: '0' }), 'notFound'],
    ['a late time that is none', () => ({ kind: 'create', tenantId, at: 'soon' }), 'refused'],
    ['a late time to come', () => ({ kind: 'create', tenantId, at: '2026-11-20T12:00:01Z' }), 'refused'],
    ['reopening what is open', () => ({ kind: 'reopen', tenantId, incidentId: open[0]!.id }), 'refused'],
    [
      'merging into itself',
      () => ({ kind: 'redirect', tenantId, incidentId: open[0]!.id, into: open[0]!.id }),
      'refused',
    ],
  ];
  test.each(refused)('%s is refused and changes nothing', (_, change, code) => {
    const before = world.truth();
    expect(codeOf(() => world.apply(change()))).toBe(code);
    expect(world.truth()).toEqual(before);
  });

  test('what was merged away can neither change nor take others in', () => {
    const [first, second, third] = [open[0]!.id, open[1]!.id, open[2]!.id];
    world.apply({ kind: 'redirect', tenantId, incidentId: first, into: second });
    expect(codeOf(() => world.apply({ kind: 'update', tenantId, incidentId: first, comment: 'x' }))).toBe('refused');
    expect(codeOf(() => world.apply({ kind: 'redirect', tenantId, incidentId: third, into: first }))).toBe('refused');
  });

  test('after 10,000 believable changes the index is still sorted, complete and of every kind', () => {
    const random = createRandom(99);
    const kinds = new Map<string, number>();
    for (let count = 0; count < 10_000; count++) {
      const tenant = world.tenants[count % 2]!;
      const { kind } = world.apply(believableChange(tenant, world.incidentsOf(tenant), random));
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    expect([...kinds.keys()].sort()).toEqual(['create', 'redirect', 'reopen', 'resolve', 'update']);
    for (const tenant of world.tenants) {
      const { byId, byCreation, byLastUpdate } = world.incidentsOf(tenant);
      expect(byLastUpdate).toHaveLength(byId.size);
      expect(new Set(byLastUpdate)).toEqual(new Set(byCreation));
      expect([...byLastUpdate].sort(compareLastUpdate)).toEqual(byLastUpdate);
    }
  });

  test('listeners hear each change until they leave', () => {
    const heard: string[] = [];
    const leave = world.onChange(({ kind }, tenant) => void heard.push(`${kind} ${tenant.displayName}`));
    world.apply({ kind: 'create', tenantId });
    leave();
    world.apply({ kind: 'create', tenantId });
    expect(heard).toEqual(['create Contoso']);
  });
});
