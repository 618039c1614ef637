import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleApp } from '../../local/package/bundle';
import { coldStart, compareColdStarts, sizeOf } from '../../local/package/measure';
import { copyPlainBuild } from '../../local/package/plainCopy';
import { runStarter } from '../support/starter';

const root = resolve('.');
const probe = resolve('dist/local/package/coldStartProbe.js');
let folder = '';
let out = '';
let plain = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xdr-relay-package-'));
  [out, plain] = [join(folder, 'out'), join(folder, 'plain')];
  await bundleApp({ root, out });
  await copyPlainBuild({ root, out: plain });
}, 180_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the package is two files of code, what the host reads, and the licences', () => {
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'));
  expect(files.toSorted()).toEqual(
    ['THIRD-PARTY-NOTICES.txt', 'dist', 'dist/main.js', 'dist/sdk.js', 'host.json', 'package.json'].toSorted(),
  );
  expect(readFileSync(join(out, 'host.json'), 'utf8')).toBe(readFileSync('host.json', 'utf8'));
  expect(JSON.parse(readFileSync(join(out, 'package.json'), 'utf8'))).toMatchObject({ main: 'dist/main.js' });
  expect(readFileSync(join(out, 'THIRD-PARTY-NOTICES.txt'), 'utf8')).toContain('---- durable-functions 3.5.0 (MIT)');
});

test('nothing of this machine, of tests or of what stands in for Azure is in the package', () => {
  for (const file of ['dist/main.js', 'dist/sdk.js']) {
    const code = readFileSync(join(out, file), 'utf8');
    expect(code).not.toContain(root);
    expect(code).not.toContain('sourceMappingURL=');
    expect(code).not.toMatch(/local\/(host|microsoft|start)\//);
  }
});

test('the package and the plain production install start and index the same functions', async () => {
  const [packaged, unbundled] = [await coldStart(out, probe), await coldStart(plain, probe)];
  expect(existsSync(join(plain, 'node_modules', 'typescript'))).toBe(false);
  expect(packaged.functions.length).toBeGreaterThan(5);
  expect([...packaged.functions].toSorted()).toEqual([...unbundled.functions].toSorted());
}, 60_000);

test('the package is at least five times smaller than the plain build', async () => {
  expect((await sizeOf(plain)) / (await sizeOf(out))).toBeGreaterThan(5);
});

test('the package answers sooner than the plain build', async () => {
  const [plainMs = 0, ms = Number.NaN] = await compareColdStarts([plain, out], 3, probe);
  // At rest it is more than twice as fast (`npm run package` prints it); beside other tests both wait for a processor.
  expect(plainMs / ms).toBeGreaterThan(1.4);
}, 120_000);

test('npm start -- --app runs the package: a full cycle with tokens, storage and Durable', async () => {
  const run = runStarter('--once', '--json', '--tenants', '2', '--incidents', '20', '--port', '0', '--app', out);
  expect({ exit: await run.ended, stderr: run.stderr() }).toMatchObject({ exit: 0 });
  expect(JSON.parse(run.stdout().trim().split('\n').at(-1)!)).toMatchObject({
    tenants: { total: 2, ok: 2, failed: 0 },
    incidents: { stored: 40, new: 40 },
  });
}, 120_000);

test('a folder that is no app is told before anything starts', async () => {
  const run = runStarter('--once', '--port', '0', '--app', folder);
  expect(await run.ended).toBe(2);
  expect(run.stderr()).toContain('holds no package.json and no host.json');
});
