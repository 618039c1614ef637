import { readFileSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import type { BuildOptions, Metafile, Plugin } from 'esbuild';
import { build } from 'esbuild';
import { z } from 'zod';
import { matchFiles } from '../host/glob';
import { sdkFile, sdkSource, waitingPackages, withLazyImports } from './lazyImports';
import { thirdPartyNotices } from './thirdPartyNotices';

/** The worker supplies this module; no registry carries it. */
const fromTheWorker = ['@azure/functions-core'];

const manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  engines: z.record(z.string(), z.string()),
  main: z.string(),
  dependencies: z.record(z.string(), z.string()),
});

/**
 * Writes to `out` exactly what is published: the built app of `root` in two files (what registers functions, and the
 * SDKs it fetches on first use), host.json, a package.json whose `main` names the first file, and the licences of what is inside.
 * Whatever lay in `out` is removed. Names stay readable in stack traces; there are no source maps.
 */
export async function bundleApp({ root, out }: { root: string; out: string }): Promise<void> {
  const app = manifest.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const entries = matchFiles(root, app.main);
  if (entries.length === 0) throw new Error(`Nothing to package: no file matches ${app.main}. Run npm run build.`);
  const waiting = waitingPackages(Object.keys(app.dependencies));
  await rm(out, { recursive: true, force: true });
  await mkdir(join(out, 'dist'), { recursive: true });

  const first = await bundle(root, join(out, 'dist', 'main.js'), {
    source: entries.map((file) => `require(${JSON.stringify(`./${file}`)});`).join('\n'),
    external: [...fromTheWorker, sdkFile],
    plugins: [lazyOwnCode(root, waiting)],
  });
  assertWaiting(first, waiting);
  const second = await bundle(root, join(out, 'dist', 'sdk.js'), {
    source: sdkSource(waiting),
    external: fromTheWorker,
    plugins: [],
  });

  const { name, version, license, engines } = app;
  const published = { name, version, license, private: true, engines, main: 'dist/main.js' };
  await writeFile(join(out, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  await cp(join(root, 'host.json'), join(out, 'host.json'));
  await writeFile(join(out, 'THIRD-PARTY-NOTICES.txt'), await thirdPartyNotices(root, packagesIn(first, second)));
}

interface Bundle {
  readonly source: string;
  readonly external: string[];
  readonly plugins: Plugin[];
}

async function bundle(root: string, outfile: string, { source, external, plugins }: Bundle): Promise<Metafile> {
  const options: BuildOptions & { metafile: true } = {
    stdin: { contents: source, resolveDir: root, sourcefile: 'entry.js' },
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    outfile,
    external,
    plugins,
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'silent',
  };
  return (await build(options)).metafile;
}

function lazyOwnCode(root: string, packages: readonly string[]): Plugin {
  const own = [join(root, 'dist', 'functions') + sep, join(root, 'dist', 'shared') + sep];
  return {
    name: 'lazy-own-code',
    setup(plugin) {
      plugin.onLoad({ filter: /\.js$/ }, ({ path }) => {
        if (!own.some((folder) => path.startsWith(folder))) return undefined;
        return { contents: withLazyImports(readFileSync(path, 'utf8'), packages), loader: 'js' };
      });
    },
  };
}

/** A way of importing that the rewriting does not know would load an SDK twice, and early. */
function assertWaiting({ inputs }: Metafile, waiting: readonly string[]): void {
  for (const [file, { imports }] of Object.entries(inputs)) {
    if (file.includes('node_modules/')) continue;
    const early = imports.find(({ original }) => original !== undefined && waiting.includes(original));
    if (early) throw new Error(`${file} imports ${early.original ?? ''} in a way that cannot wait for its first use.`);
  }
}

/** Folders of the packages that went in, relative to the app, as `node_modules/a` or `node_modules/a/node_modules/b`. */
function packagesIn(...metafiles: Metafile[]): string[] {
  const folders = metafiles.flatMap(({ inputs }) =>
    Object.keys(inputs).map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? ''),
  );
  return [...new Set(folders)].filter((folder) => folder !== '').sort();
}

/** Where the app's package.json lies, seen from dist/local/package. */
export const appRoot = resolve(__dirname, '..', '..', '..');

/** For people: a path as they would write it from here. */
export const shownPath = (path: string): string => relative(process.cwd(), path) || '.';
