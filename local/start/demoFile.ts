import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../shared/errorCode';
import { isAlive } from './dataFolder';
import type { DemoCloud } from './demoCloud';

export interface DemoFile {
  /** Forgets the demo, unless another has begun since. */
  remove(): void;
}

/** In the working directory, where a second terminal begins, too. */
const demoFile = join('.local', 'demo.json');

/**
 * Writes down what a second terminal needs to speak to this demo: the command line finds it as `--demo`. Beside it in the demo's folder
 * lie the app's settings, which hold keys of the emulator and of the simulated managed identity and so are for this user alone.
 */
export function writeDemoFile(options: {
  cloud: DemoCloud;
  url: string;
  folder: string;
  tokenFile: string;
  settings: Readonly<Record<string, string>>;
}): DemoFile {
  const { cloud, url, folder, tokenFile, settings } = options;
  const settingsFile = join(folder, 'settings.json');
  keep(settingsFile, { IsEncrypted: false, Values: settings });
  const demo = {
    pid: process.pid,
    url,
    tenant: cloud.cloud.homeTenantId,
    clientId: cloud.cloud.state.registrations.cli.clientId,
    apiId: cloud.cloud.apiClientId,
    authority: cloud.cloud.entraUrl,
    caFile: cloud.caFile,
    tokenFile,
    settingsFile,
    folder,
    // Not for the command line: whoever plays the cloud's part finds it here.
    controlUrl: cloud.cloud.controlUrl,
  };
  // The folder's own is for whoever runs several demos at once, the other one is what --demo finds.
  keep(join(folder, 'demo.json'), demo);
  announce(demo);
  return {
    remove: () => {
      if (ownerOf(demoFile) === process.pid) rmSync(demoFile, { force: true });
      rmSync(join(folder, 'demo.json'), { force: true });
      rmSync(join(folder, 'cli'), { recursive: true, force: true });
    },
  };
}

/** Where the working directory takes no file the demo runs all the same, and XDR_RELAY_DEMO finds it. */
function announce(demo: object): void {
  try {
    mkdirSync('.local', { recursive: true });
    if (!isOfAnother(demoFile)) keep(demoFile, demo);
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error) ?? '')) throw error;
  }
}

/** Whole or not at all: a command may read it at any moment. */
function keep(path: string, content: object): void {
  const next = `${path}.${process.pid}.new`;
  writeFileSync(next, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(next, path);
}

/** Whoever began first keeps the name; XDR_RELAY_DEMO names the others' files. */
function isOfAnother(path: string): boolean {
  const pid = ownerOf(path);
  return pid !== undefined && pid !== process.pid && isAlive(pid);
}

function ownerOf(path: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(path, 'utf8')) as { pid?: unknown };
    return typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
