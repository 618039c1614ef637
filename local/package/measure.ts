import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);

/** Bytes of all files under `folder`. */
export async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (e) => (await stat(join(e.parentPath, e.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

export interface ColdStart {
  /** Milliseconds from the begin of loading to the first answer. */
  readonly ms: number;
  readonly functions: readonly string[];
}

const builtProbe = resolve(__dirname, 'coldStartProbe.js');
const report = z.object({ ms: z.number(), functions: z.array(z.string()) });

/**
 * One start of the app in `root` in a process of its own. No storage and no cloud: the settings are well-formed, and
 * lead to a port where nobody listens.
 */
export async function coldStart(root: string, probe = builtProbe): Promise<ColdStart> {
  const { stdout } = await run(process.execPath, [probe, '--root', root], { env: settings() });
  return report.parse(JSON.parse(stdout));
}

/** Starts each root in turn, `rounds` times, so that whatever else the machine does meets all alike; the medians. */
export async function compareColdStarts(
  roots: readonly string[],
  rounds: number,
  probe = builtProbe,
): Promise<number[]> {
  const times = roots.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, root] of roots.entries()) times[index]?.push((await coldStart(root, probe)).ms);
  }
  return times.map(median);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function settings(): NodeJS.ProcessEnv {
  const nobody = '00000000-0000-4000-8000-000000000000';
  return {
    PATH: process.env.PATH,
    AzureWebJobsStorage: [
      'DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=AAAA',
      ...['Blob', 'Queue', 'Table'].map((service) => `${service}Endpoint=http://127.0.0.1:9/devstoreaccount1`),
    ].join(';'),
    TASK_HUB_NAME: 'measure',
    KEY_VAULT_URL: 'https://127.0.0.1:9',
    RELAY_TENANT_ID: nobody,
    RELAY_CLIENT_ID: nobody,
  };
}
