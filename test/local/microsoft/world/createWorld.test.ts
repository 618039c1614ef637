import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIncidentTexts } from '../../../../local/microsoft/graph/incidentText';
import type { World, WorldOptions } from '../../../../local/microsoft/world/createWorld';
import { createWorld } from '../../../../local/microsoft/world/createWorld';
import { tenantDomain, tenantName } from '../../../../local/microsoft/world/tenantNames';
import { parseTime7 } from '../../../../local/microsoft/world/time7';
import { createTestClock, now } from '../testCloud';

const view = { expandAlerts: true, showFutureMembers: true };

function build(options: Partial<WorldOptions> = {}): World {
  return createWorld({ seed: 1, tenants: 4, incidentsPerTenant: 500, now, clock: createTestClock(), ...options });
}

function textsOf(world: World): string[] {
  const texts = createIncidentTexts();
  return world.tenants.flatMap((tenant) =>
    world.incidentsOf(tenant).byCreation.map((incident) => texts.incidentText(tenant, incident, view)),
  );
}

describe('createWorld', () => {
  test('equal arguments give the same world byte for byte, another seed another one', () => {
    const first = textsOf(build());
    expect(textsOf(build())).toEqual(first);
    expect(textsOf(build({ seed: 2 }))).not.toEqual(first);
  });

  test('sizes and alert counts lie where measured ones lie', () => {
    const world = build();
    const live = world.tenants
      .flatMap((tenant) => world.incidentsOf(tenant).byCreation)
      .filter((each) => each.status !== 'redirected');
    const sizes = textsOf(world)
      .filter((text) => !text.includes('"status":"redirected"'))
      .map((text) => Buffer.byteLength(text))
      .sort((first, second) => first - second);
    const quantile = (part: number): number => sizes[Math.floor(part * (sizes.length - 1))]!;
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    expect(quantile(0.5)).toBeGreaterThan(4_500);
    expect(quantile(0.5)).toBeLessThan(8_000);
    expect(mean).toBeGreaterThan(8_000);
    expect(mean).toBeLessThan(13_000);
    expect(quantile(0.99)).toBeGreaterThan(40_000);
    expect(quantile(0.99)).toBeLessThan(80_000);
    const alerts = live.reduce((sum, incident) => sum + incident.alerts.length, 0) / live.length;
    expect(alerts).toBeGreaterThan(2.2);
    expect(alerts).toBeLessThan(3);
  });

  test('all times lie within the ninety days before now and no update before creation', () => {
    const world = build();
    const end = parseTime7(now)!;
    for (const tenant of world.tenants) {
      for (const incident of world.incidentsOf(tenant).byCreation) {
        expect(incident.createdTicks).toBeGreaterThan(end - 91n * 86_400n * 10_000_000n);
        expect(incident.lastUpdateTicks).toBeGreaterThanOrEqual(incident.createdTicks);
        expect(incident.lastUpdateTicks).toBeLessThanOrEqual(end);
        expect(parseTime7(incident.lastUpdateDateTime)).toBe(incident.lastUpdateTicks);
      }
    }
  });

  test('ids are decimal texts that ascend with creation', () => {
    const world = build();
    for (const tenant of world.tenants) {
      const { byCreation } = world.incidentsOf(tenant);
      byCreation.slice(1).forEach((incident, position) => {
        expect(Number(incident.id)).toBeGreaterThan(Number(byCreation[position]!.id));
        expect(incident.createdTicks).toBeGreaterThanOrEqual(byCreation[position]!.createdTicks);
      });
    }
  });

  test('history has the oddities a parser must survive', () => {
    const world = build();
    const all = textsOf(world).join('\n');
    const incidents = world.tenants.flatMap((tenant) => [...world.incidentsOf(tenant).byCreation]);
    const fractions = new Set(
      incidents.map(({ lastUpdateDateTime }) => /\.(\d+)Z$/.exec(lastUpdateDateTime)?.[1]?.length ?? 0),
    );
    expect(fractions.size).toBeGreaterThanOrEqual(5);
    expect(all).toContain('\u200b');
    expect(all).toContain('+053088Z');
    expect(all).toMatch(/[\u0590-\u06ff]/);
    expect(all).toMatch(/[\u3040-\u30ff]/);
    expect(all).toContain('🗼');
    expect(all).toContain('"severity":"critical"');
    expect(all).toContain('"status":"awaitingAction"');
    expect(all).toContain('aiAgentEvidence');
    expect(all).toContain('"assignedTo":""');
    expect(all).toContain('"assignedTo":null');
    expect(incidents.some(({ classification }) => classification === 'truePositive')).toBe(true);
  });

  test('merged incidents point at one of the same tenant that was not merged away, older or newer', () => {
    const world = build();
    const directions = new Set<boolean>();
    for (const tenant of world.tenants) {
      const { byId, byCreation } = world.incidentsOf(tenant);
      for (const incident of byCreation.filter((each) => each.status === 'redirected')) {
        const survivor = byId.get(incident.redirectIncidentId!);
        expect(survivor?.status).not.toBe('redirected');
        expect(incident.alerts).toEqual([]);
        directions.add(survivor!.number > incident.number);
      }
    }
    expect(directions.size).toBe(2);
  });

  test('some incidents share a last update, and a tie group of any size can be asked for', () => {
    const sizesOf = (world: World): number[] => {
      const { byLastUpdate } = world.incidentsOf(world.tenants[0]!);
      const sizes = new Map<bigint, number>();
      for (const { lastUpdateTicks } of byLastUpdate) sizes.set(lastUpdateTicks, (sizes.get(lastUpdateTicks) ?? 0) + 1);
      return [...sizes.values()];
    };
    expect(Math.max(...sizesOf(build()))).toBeGreaterThan(1);
    expect(Math.max(...sizesOf(build({ tieGroup: 130 })))).toBeGreaterThanOrEqual(130);
  });

  test('ten thousand tenants have ten thousand names, domains and ids', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => tenantName(index));
    expect(new Set(names).size).toBe(10_000);
    expect(new Set(names.map(tenantDomain)).size).toBe(10_000);
    const world = build({ tenants: 10_000 });
    expect(new Set(world.tenants.map(({ tenantId }) => tenantId)).size).toBe(10_000);
    expect(world.tenants[9_999]!.tenantId).toBe(build({ tenants: 10_000 }).tenants[9_999]!.tenantId);
  });

  test('tenants keep their ids when there are more of them', () => {
    expect(build({ tenants: 9 }).tenants.slice(0, 4)).toEqual(build().tenants);
  });

  test('the home tenant has no incidents and is none of the customers', () => {
    const world = build();
    expect(world.incidentsOf(world.homeTenant).byCreation).toEqual([]);
    expect(world.tenants).not.toContainEqual(world.homeTenant);
  });

  test('a now that is no time is refused', () => {
    expect(() => build({ now: 'yesterday' })).toThrow(RangeError);
  });
});

describe('the journal', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'journal-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const changed = (journal: string): World => {
    const world = build({ journal });
    const { tenantId } = world.tenants[1]!;
    const open = world.truth(tenantId).filter(({ status }) => status === 'active');
    world.apply({ kind: 'create', tenantId, severity: 'high' });
    world.apply({ kind: 'update', tenantId, incidentId: open[0]!.incidentId, addAlerts: 2, comment: 'seen' });
    world.apply({ kind: 'redirect', tenantId, incidentId: open[1]!.incidentId, into: open[2]!.incidentId });
    world.apply({
      kind: 'resolve',
      tenantId,
      incidentId: open[0]!.incidentId,
      classification: 'truePositive',
      determination: 'malware',
    });
    const late = world.apply({ kind: 'create', tenantId, at: '2026-10-01T00:00:00Z' });
    world.apply({ kind: 'update', tenantId, incidentId: late.incidentId, addAlerts: 1, at: '2026-10-02T00:00:00Z' });
    world.apply({
      kind: 'redirect',
      tenantId,
      incidentId: open[2]!.incidentId,
      into: open[1]!.incidentId,
      force: true,
    });
    world.apply({ kind: 'remove', tenantId, incidentId: open[3]!.incidentId });
    return world;
  };

  test('a world started again from its journal is the same world, byte for byte', () => {
    const journal = join(folder, 'deep', 'changes.jsonl');
    const first = changed(journal);
    const clock = createTestClock('2026-11-25T00:00:00Z');
    const again = createWorld({ seed: 1, tenants: 4, incidentsPerTenant: 500, clock, journal });
    expect(again.now).toBe(now);
    expect(again.truth()).toEqual(first.truth());
    expect(textsOf(again)).toEqual(textsOf(first));
    expect(textsOf(again)).not.toEqual(textsOf(build()));
  });

  test('a last line torn by a crash is cut off and the rest still counts', () => {
    const journal = join(folder, 'changes.jsonl');
    const first = changed(journal);
    const whole = readFileSync(journal, 'utf8');
    appendFileSync(journal, '{"kind":"upd');
    expect(build({ journal }).truth()).toEqual(first.truth());
    expect(readFileSync(journal, 'utf8')).toBe(whole);
  });

  test('customers may have come since the journal began, but none may have gone', () => {
    const journal = join(folder, 'changes.jsonl');
    const first = changed(journal);
    const more = build({ journal, tenants: 5 });
    expect(more.tenants.slice(0, 4)).toEqual(first.tenants);
    expect(more.truth(first.tenants[0]!.tenantId)).toEqual(first.truth(first.tenants[0]!.tenantId));
    expect(() => build({ journal, tenants: 3 })).toThrow(RangeError);
  });

  test('a journal of another world is refused', () => {
    const journal = join(folder, 'changes.jsonl');
    changed(journal);
    expect(() => build({ journal, seed: 2 })).toThrow(RangeError);
  });
});
