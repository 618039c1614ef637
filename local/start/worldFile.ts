import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode } from '../../shared/errorCode';
import type { DemoOptions } from './options';

const worldFile = z.strictObject({
  seed: z.number(),
  /** Customers that are registered. */
  tenants: z.number(),
  incidents: z.number(),
  /** ISO 8601 UTC: the generated history ends here. */
  now: z.string(),
  /** The default demo: one customer is broken, and one more waits to be added. */
  demo: z.boolean(),
});

/** What a world follows from: the same file, the same world, byte for byte. */
export type WorldFile = z.output<typeof worldFile>;

const fileName = 'world.json';
const counts = ['seed', 'tenants', 'incidents'] as const;

export interface ChosenWorld {
  readonly world: WorldFile;
  readonly faults: readonly string[];
}

/** The world asked for. What a data folder holds goes on; only asking for another one in the same folder is a fault. */
export function chooseWorld(options: DemoOptions, now: string): ChosenWorld {
  const { tenants, incidents, seed, dataFolder } = options;
  const demo = tenants === undefined && incidents === undefined;
  const fresh: WorldFile = { seed: seed ?? 1, tenants: tenants ?? 6, incidents: incidents ?? 40, now, demo };
  const stored = dataFolder === undefined ? undefined : readWorld(dataFolder);
  if (stored === undefined) return { world: fresh, faults: [] };
  if (stored === 'unreadable')
    return {
      world: fresh,
      faults: [`${join(dataFolder ?? '', fileName)} is damaged: use another folder, or empty it`],
    };
  const differing = counts.filter((name) => options[name] !== undefined && options[name] !== stored[name]);
  const faults = differing.map(
    (name) =>
      `--data ${dataFolder ?? ''} holds a world with --${name} ${stored[name]}, not ${options[name] ?? ''}: leave it away or use another folder`,
  );
  if (!demo && stored.demo && differing.length === 0)
    faults.push(
      `--data ${dataFolder ?? ''} holds the default demo: leave --tenants and --incidents away or use another folder`,
    );
  return { world: stored, faults };
}

export function writeWorld(folder: string, world: WorldFile): void {
  writeFileSync(join(folder, fileName), `${JSON.stringify(world)}\n`);
}

function readWorld(folder: string): WorldFile | 'unreadable' | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, fileName), 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
  try {
    return worldFile.parse(JSON.parse(text));
  } catch {
    return 'unreadable';
  }
}
