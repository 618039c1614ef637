import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOptions, type DemoOptions } from '../../../local/start/options';
import { chooseWorld, writeWorld, type WorldFile } from '../../../local/start/worldFile';

const now = '2026-11-21T08:00:00.000Z';
const earlier = '2026-11-20T08:00:00.000Z';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'world-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const optionsOf = (line: string): DemoOptions => {
  const { options } = readOptions([...line.split(' ').filter((word) => word !== ''), '--data', folder]);
  if (options.kind !== 'demo') throw new Error(options.kind);
  return options;
};
const held = (world: Partial<WorldFile> = {}): WorldFile => {
  const whole = { seed: 9, tenants: 5, incidents: 200, now: earlier, demo: false, ...world };
  writeWorld(folder, whole);
  return whole;
};

test('an empty folder begins with what was asked for and the time of the start', () => {
  expect(chooseWorld(optionsOf('--tenants 5 --incidents 200 --seed 9'), now)).toEqual({
    world: { seed: 9, tenants: 5, incidents: 200, now, demo: false },
    faults: [],
  });
});

test('without counts it is the default demo of six', () => {
  expect(chooseWorld(optionsOf(''), now).world).toEqual({ seed: 1, tenants: 6, incidents: 40, now, demo: true });
});

test('the same arguments go on with the world of the folder, its time included', () => {
  const world = held();
  expect(chooseWorld(optionsOf('--tenants 5 --incidents 200 --seed 9'), now)).toEqual({ world, faults: [] });
});

test('arguments left away take what the folder holds', () => {
  const world = held();
  expect(chooseWorld(optionsOf('--seed 9'), now)).toEqual({ world, faults: [] });
});

test('each argument that differs from the folder is named', () => {
  held();
  const { faults } = chooseWorld(optionsOf('--tenants 6 --incidents 200 --seed 10'), now);
  expect(faults).toHaveLength(2);
  expect(faults[0]).toContain('--seed 9, not 10');
  expect(faults[1]).toContain('--tenants 5, not 6');
});

test('counts given for a folder of the default demo are refused even where they are equal', () => {
  held({ seed: 1, tenants: 6, incidents: 40, demo: true });
  expect(chooseWorld(optionsOf('--tenants 6 --incidents 40'), now).faults).toHaveLength(1);
  expect(chooseWorld(optionsOf(''), now).faults).toEqual([]);
});

test('a damaged world file is a fault that names it', () => {
  writeFileSync(join(folder, 'world.json'), '{"seed":');
  expect(chooseWorld(optionsOf(''), now).faults[0]).toContain('world.json is damaged');
});
