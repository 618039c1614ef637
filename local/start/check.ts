import { ownerOf } from './dataFolder';
import type { DemoOptions, ServeOptions } from './options';
import { portFault } from './ports';
import type { SettingsFile } from './settingsFile';
import { readSettingsFile } from './settingsFile';
import type { WorldFile } from './worldFile';
import { chooseWorld } from './worldFile';

/** All that can be told to be wrong before anything is started. */
export interface DemoCheck {
  readonly world: WorldFile;
  readonly faults: readonly string[];
}

export async function checkDemo(options: DemoOptions, now: string): Promise<DemoCheck> {
  const { world, faults } = chooseWorld(options, now);
  const owner = options.dataFolder === undefined ? undefined : ownerOf(options.dataFolder);
  const inUse =
    owner === undefined
      ? []
      : [`--data ${options.dataFolder ?? ''} is in use by process ${owner}: end it, or use another folder`];
  return { world, faults: [...faults, ...inUse, ...(await portFaults(options.port))] };
}

export async function checkServe({ settingsFile, port }: ServeOptions): Promise<SettingsFile> {
  const { values, faults } = settingsFile === '' ? { values: {}, faults: [] } : readSettingsFile(settingsFile);
  return { values, faults: [...faults, ...(await portFaults(port))] };
}

async function portFaults(port: number): Promise<readonly string[]> {
  const fault = port === 0 ? undefined : await portFault(port);
  return fault === undefined ? [] : [fault];
}
