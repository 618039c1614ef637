import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leftOutByCoreTools, linesOf } from '../../local/package/funcIgnore';

const funcIgnore = readFileSync('.funcignore', 'utf8');
const leftOut = leftOutByCoreTools(funcIgnore);

/** What lies in the app's folder, and what else may lie there one day; of node_modules a few files by name. */
const present = readdirSync('.', { encoding: 'utf8' })
  .filter((name) => !['node_modules', '.git', '.local'].includes(name))
  .flatMap((name) =>
    statSync(name).isDirectory()
      ? readdirSync(name, { recursive: true, encoding: 'utf8' })
          .map((path) => join(name, path).replaceAll('\\', '/'))
          .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
      : [name],
  );
const wanted = [
  'node_modules/.package-lock.json',
  'node_modules/@azure/functions/package.json',
  'node_modules/durable-functions/lib/src/index.js',
  'node_modules/some/test/functions/shared/docs/index.js',
  'dist/functions/sync/timer.js',
  'dist/shared/config.js',
  'host.json',
  'package.json',
];
const unwanted = [
  '.env',
  '.env.production',
  'local.settings.json',
  'local.settings.prod.json',
  '__azurite_db_blob__.json',
  '__blobstorage__/x',
  '.azure/prod/.env',
  '.local/run-1/token',
  'tsconfig.json',
  'tsconfig.build.json',
  'npm-debug.log',
  'README.md',
  'dist/local/host/main.js',
  'dist/test/bench/main.js',
  'dist/.cache/build.tsbuildinfo',
  'dist/functions/sync/timer.js.map',
  'functions/sync/timer.ts',
  'infra/main.bicep',
];

/** Real gitignore rules, which azd uses: git's own, in an empty repository. */
function leftOutByAzd(paths: readonly string[]): Set<string> {
  const folder = mkdtempSync(join(tmpdir(), 'funcignore-'));
  try {
    writeFileSync(join(folder, '.gitignore'), `${funcIgnore}\n.funcignore\n`);
    spawnSync('git', ['init', '-q'], { cwd: folder });
    const { stdout, status } = spawnSync('git', ['check-ignore', '--no-index', '--stdin'], {
      cwd: folder,
      encoding: 'utf8',
      input: paths.join('\n'),
      maxBuffer: 2 ** 26,
    });
    expect(status).toBe(0);
    return new Set(stdout.split('\n'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('func and azd leave out the same files', () => {
  const paths = [...present, ...wanted, ...unwanted];
  const byAzd = leftOutByAzd(paths);
  expect(paths.filter((path) => leftOut(path) !== byAzd.has(path))).toEqual([]);
});

test('what is published from this folder is the compiled app, its dependencies and nothing else', () => {
  const published = present.filter((path) => !leftOut(path));
  expect(published).toEqual(expect.arrayContaining(['host.json', 'package.json']));
  expect(
    published.filter((path) => !/^(dist\/(functions|shared)\/.+\.js|host\.json|package\.json)$/.test(path)),
  ).toEqual([]);
  const bytes = published.reduce((sum, path) => sum + statSync(path).size, 0);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(5_000_000);
});

test.each(wanted)('%s is published', (path) => expect(leftOut(path)).toBe(false));

test.each(unwanted)('%s is not published', (path) => expect(leftOut(path)).toBe(true));

test('azd builds locally: node_modules is not left out', () => {
  expect(linesOf(funcIgnore)).not.toContain('node_modules');
  expect(leftOut('node_modules')).toBe(false);
});

test('Core Tools matches prefixes up to a word edge, anchored at the root', () => {
  const by = leftOutByCoreTools('functions\n*.ts\n**/*.md\n!keep.ts');
  expect(by('functions.json')).toBe(true);
  expect(by('functionsX/a')).toBe(false);
  expect(by('dist/functions/a.js')).toBe(false);
  expect(by('src/a.ts')).toBe(false);
  expect(by('a.ts')).toBe(true);
  expect(by('keep.ts')).toBe(false);
  expect(by('a.md')).toBe(false);
  expect(by('docs/a.md')).toBe(true);
});
