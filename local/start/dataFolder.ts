import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errorCode } from '../../shared/errorCode';

/** Where one start keeps storage, certificates, token and logs. */
export interface DataFolder {
  /** Absolute. */
  readonly path: string;
  /** Gives the folder up: a temporary one is removed unless `keep`, where its log explains a failure. */
  release(keep?: boolean): void;
}

const localFolder = '.local';
const ownerFile = 'starter.pid';

/** Makes or takes `folder`; without one, a temporary folder below .local/ of the working directory. @throws Error where it cannot be made */
export function openDataFolder(folder: string | undefined): DataFolder {
  if (folder === undefined) return openTemporary();
  const path = resolve(folder);
  mkdirSync(path, { recursive: true });
  const owner = join(path, ownerFile);
  writeFileSync(owner, `${process.pid}\n`);
  return { path, release: () => rmSync(owner, { force: true }) };
}

/** The process that works in the folder already; two of them would spoil each other's storage. */
export function ownerOf(folder: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(folder, ownerFile), 'utf8'));
    return pid !== process.pid && isAlive(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function openTemporary(): DataFolder {
  mkdirSync(localFolder, { recursive: true });
  removeLeftovers();
  const path = resolve(localFolder, `run-${process.pid}`);
  mkdirSync(path);
  return {
    path,
    release: (keep = false) => {
      if (!keep) rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Folders of starts that are over: killed ones, and failed ones whose log had its time. */
function removeLeftovers(): void {
  for (const name of readdirSync(localFolder)) {
    const pid = Number(/^run-(\d+)$/.exec(name)?.[1]);
    if (Number.isNaN(pid) || (pid !== process.pid && isAlive(pid))) continue;
    rmSync(join(localFolder, name), { recursive: true, force: true });
  }
}

export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
