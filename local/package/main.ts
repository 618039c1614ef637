import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { appRoot, bundleApp, shownPath } from './bundle';
import { coldStart, compareColdStarts, sizeOf } from './measure';
import { copyPlainBuild } from './plainCopy';

const rounds = 5;

const help = `npm run package -- [--out DIR] [--no-measure]

Writes what is published to DIR (default .local/package): publish it from there with
  func azure functionapp publish <app>
and prints its size and cold start beside those of the plain build.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: join('.local', 'package') },
      measure: { type: 'boolean', default: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
    allowNegative: true,
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const out = resolve(values.out);
  if (out === appRoot || appRoot.startsWith(join(out, '/'))) throw new Error('--out must not be the app itself.');
  await bundleApp({ root: appRoot, out });
  const { functions } = await coldStart(out);
  process.stdout.write(`${shownPath(out)}: ${functions.length} functions, ${megabytes(await sizeOf(out))}\n`);
  if (values.measure) await compare(out);
  return 0;
}

async function compare(out: string): Promise<void> {
  const plain = await mkdtemp(join(tmpdir(), 'xdr-relay-plain-'));
  try {
    await copyPlainBuild({ root: appRoot, out: plain });
    const [plainSize, size] = [await sizeOf(plain), await sizeOf(out)];
    const [plainMs = Number.NaN, ms = Number.NaN] = await compareColdStarts([plain, out], rounds);
    const row = (name: string, bytes: string, start: string) =>
      process.stdout.write(`${name.padEnd(14)}${bytes.padStart(10)}${start.padStart(12)}\n`);
    row('', 'size', 'cold start');
    row('plain build', megabytes(plainSize), `${plainMs.toFixed(0)} ms`);
    row('this package', megabytes(size), `${ms.toFixed(0)} ms`);
    row('', `${(plainSize / size).toFixed(1)}x less`, `${(plainMs / ms).toFixed(1)}x faster`);
    process.stdout.write(
      `Cold start: load to first /api/health answer, median of ${rounds}, Node ${process.version}.\n`,
    );
  } finally {
    await rm(plain, { recursive: true, force: true });
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
