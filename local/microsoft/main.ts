import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Cloud } from './index';
import { startCloud } from './index';

/** Runs the cloud as a process of its own: prints one JSON line with the URLs and ids, ends on SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      tenants: { type: 'string', default: '5' },
      incidents: { type: 'string', default: '200' },
      now: { type: 'string' },
      journal: { type: 'string' },
      'ca-file': { type: 'string' },
    },
  });
  const { now, journal } = values;
  const cloud = await startCloud({
    seed: wholeNumber('seed', values.seed),
    tenants: wholeNumber('tenants', values.tenants),
    incidentsPerTenant: wholeNumber('incidents', values.incidents),
    ...(now === undefined ? {} : { now }),
    ...(journal === undefined ? {} : { journal }),
  });
  if (values['ca-file'] !== undefined) writeFileSync(values['ca-file'], cloud.caPem);
  process.stdout.write(`${JSON.stringify(factsOf(cloud))}\n`);
  const end = (): void => void cloud.stop();
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

/** What another process needs to use the cloud: the plain values of its face. */
function factsOf(cloud: Cloud): Record<string, unknown> {
  const isPlain = (value: unknown): boolean => typeof value === 'string';
  return {
    ...Object.fromEntries(Object.entries(cloud).filter(([, value]) => isPlain(value))),
    operator: cloud.operator,
  };
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`--${name} must be a whole number, not ${text}`);
  return Number(text);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
