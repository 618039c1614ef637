import { execFile } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * What would be published without bundling: the compiled functions as they are and the production part of node_modules,
 * as `npm ci --omit=dev` would install it.
 */
export async function copyPlainBuild({ root, out }: { root: string; out: string }): Promise<void> {
  const packages = await productionPackages(root);
  const own = ['package.json', 'host.json', join('dist', 'functions'), join('dist', 'shared')];
  await mkdir(out, { recursive: true });
  for (const path of [...own, ...packages]) {
    await mkdir(dirname(join(out, path)), { recursive: true });
    await cp(join(root, path), join(out, path), { recursive: true, filter: notNested(join(root, path)) });
  }
}

/** A package's own files; what is installed inside it is in the list by itself where production needs it. */
const notNested = (folder: string) => (source: string) =>
  !relative(folder, source).split(/[\\/]/).includes('node_modules');

async function productionPackages(root: string): Promise<string[]> {
  const { stdout } = await run('npm', ['ls', '--omit=dev', '--all', '--parseable'], { cwd: root, maxBuffer: 2 ** 24 });
  return stdout
    .split('\n')
    .map((path) => relative(root, path))
    .filter((path) => path.startsWith('node_modules'));
}
