import { chmodSync, statSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../../shared/errorCode';
import { messageOf } from '../../shared/errors';
import { Failure } from '../failure';

const ownerOnly = 0o077;
const isPosix = process.platform !== 'win32';

/** A file for its user alone; undefined where there is none. @throws Failure where others could read or change it */
export const readPrivate = (path: string): string | undefined => {
  try {
    assertPrivate(dirname(path), 'chmod 700');
    assertPrivate(path, 'chmod 600');
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw asFailure(error, path, 'read');
  }
};

/** Whole or not at all, in a folder that is made for its user alone. @throws Failure */
export const writePrivate = (path: string, text: string): void => {
  const folder = dirname(path);
  try {
    const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
    // The umask can only take rights away; a folder just made may still need none added.
    if (made !== undefined && isPosix) chmodSync(folder, 0o700);
    assertPrivate(folder, 'chmod 700');
    const next = `${path}.${process.pid}.new`;
    rmSync(next, { force: true });
    writeFileSync(next, text, { mode: 0o600, flag: 'wx' });
    renameSync(next, path);
  } catch (error) {
    throw asFailure(error, path, 'written');
  }
};

/** False where there was none. @throws Failure */
export const removePrivate = (path: string): boolean => {
  try {
    rmSync(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw asFailure(error, path, 'deleted');
  }
};

/** Whether a file is this user's alone. @throws what the file system says */
export const isPrivate = (path: string): boolean => {
  const { mode, uid } = statSync(path);
  return !isPosix || (uid === process.getuid?.() && (mode & ownerOnly) === 0);
};

/** Windows keeps a user's application data private by inherited access lists, of which mode bits tell nothing. */
const assertPrivate = (path: string, cure: string): void => {
  if (isPrivate(path)) return;
  const { uid } = statSync(path);
  if (uid !== process.getuid?.())
    throw new Failure(`${path} belongs to another user.`, {
      code: 'ERR_NOT_PRIVATE',
      cure: 'Move it away, or choose another folder with XDG_CONFIG_HOME.',
    });
  throw new Failure(`${path} is open to other users of this machine, so it is not used.`, {
    code: 'ERR_NOT_PRIVATE',
    cure: `${cure} '${path}'   (if others could read it, run xdr-relay logout and sign in again)`,
  });
};

const asFailure = (error: unknown, path: string, what: string): Failure =>
  error instanceof Failure ? error : new Failure(`${path} cannot be ${what}: ${messageOf(error)}`, { cause: error });
