import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

export interface ScriptRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly calls: readonly { readonly command: string; readonly stdin?: string }[];
}

/** What the fake answers: a part of the command, and the answer; the first that fits counts. */
export type AzRules = readonly (readonly [part: string, answer: string])[];

/** Runs a script of scripts/ with nothing but a fake `az` to talk to. A call without a rule fails. */
export function runScript(
  script: string,
  words: readonly string[],
  rules: AzRules,
  env: NodeJS.ProcessEnv = {},
): ScriptRun {
  const folder = mkdtempSync(join(tmpdir(), 'fake-az-'));
  try {
    const [az, log] = [join(folder, 'az'), join(folder, 'log')];
    copyFileSync(join('test', 'infra', 'azStandIn.cjs'), az);
    chmodSync(az, 0o755);
    writeFileSync(log, '');
    const path = [folder, process.env.PATH].join(delimiter);
    const { status, stdout, stderr } = spawnSync(resolve('scripts', script), words, {
      encoding: 'utf8',
      env: { HOME: folder, TMPDIR: folder, ...env, PATH: path, FAKE_AZ_LOG: log, FAKE_AZ_RULES: JSON.stringify(rules) },
    });
    const lines = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    return { status, stdout, stderr, calls: lines.map((line) => JSON.parse(line) as ScriptRun['calls'][number]) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
