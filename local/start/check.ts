import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ownerOf } from './dataFolder';
import type { DemoOptions, ServeOptions } from './options';
import { portFault } from './ports';
import type { SettingsFile } from '../../shared/settingsFile';
import { readSettingsFile } from '../../shared/settingsFile';
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
  return { world, faults: [...faults, ...inUse, ...appFaults(options.appFolder), ...(await portFaults(options.port))] };
}

export async function checkServe({ settingsFile, port, appFolder }: ServeOptions): Promise<SettingsFile> {
  const { values, faults } = settingsFile === '' ? { values: {}, faults: [] } : readSettingsFile(settingsFile);
  return { values, faults: [...faults, ...appFaults(appFolder), ...(await portFaults(port))] };
}

function appFaults(folder: string | undefined): readonly string[] {
  if (folder === undefined) return [];
  const missing = ['package.json', 'host.json'].filter((file) => !existsSync(join(folder, file)));
  if (missing.length === 0) return [];
  return [`--app ${folder} holds no ${missing.join(' and no ')}: make it with npm run package -- --out ${folder}`];
}

async function portFaults(port: number): Promise<readonly string[]> {
  const fault = port === 0 ? undefined : await portFault(port);
  return fault === undefined ? [] : [fault];
}
