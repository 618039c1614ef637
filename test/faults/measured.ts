import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
/** What a run is made of. */
const folders = ['shared', 'local/microsoft', 'test/faults', 'test/support'];

const git = (...words: string[]): string => execFileSync('git', words, { encoding: 'utf8', cwd: root }).trim();

/** The commit the code stands at, `and changes` where it differs from that; `unknown` outside a repository. */
export const commitNow = (): string => {
  try {
    const isClean = git('status', '--porcelain', '--', ...folders) === '';
    return `${git('rev-parse', '--short', 'HEAD')}${isClean ? '' : ' and changes'}`;
  } catch {
    return 'unknown';
  }
};

/** One text for all sources of a run: days and defects are loaded at different times, and must be of the same code. */
export const sourcesNow = (): string => {
  const hash = createHash('sha256');
  for (const folder of folders)
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
      if (entry.isFile()) hash.update(entry.name).update(readFileSync(join(entry.parentPath, entry.name)));
  return hash.digest('hex');
};
