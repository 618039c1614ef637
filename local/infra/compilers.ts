import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A run of one tool over the templates. */
export interface Verdict {
  readonly tool: string;
  readonly ok: boolean;
  readonly output: string;
}

interface Command {
  readonly tool: string;
  readonly file: string;
  readonly words: readonly string[];
}

/**
 * Compiles and lints the templates in `infra` with every tool at hand: `bicep` or else `az` on the PATH, and the
 * checker that BICEP_CHECK names. A warning counts as a failure: one that must stand is silenced in the file, with
 * its reason. Without any tool the list is empty.
 */
export function checkTemplates(infra: string, env: NodeJS.ProcessEnv): Verdict[] {
  const scratch = mkdtempSync(join(tmpdir(), 'xdr-relay-bicep-'));
  try {
    return commands(infra, scratch, env).map((command) => run(command, env));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function commands(infra: string, scratch: string, env: NodeJS.ProcessEnv): Command[] {
  const template = join(infra, 'main.bicep');
  const checker = env.BICEP_CHECK ?? '';
  const ours: Command[] =
    checker === '' ? [] : [{ tool: 'bicep-check', file: process.execPath, words: [checker, infra] }];
  if (isThere('bicep', env))
    return [
      { tool: 'bicep build', file: 'bicep', words: ['build', template, '--outdir', scratch] },
      {
        tool: 'bicep build-params',
        file: 'bicep',
        words: ['build-params', join(infra, 'main.bicepparam'), '--outfile', join(scratch, 'p.json')],
      },
      { tool: 'bicep lint', file: 'bicep', words: ['lint', template] },
      ...ours,
    ];
  if (isThere('az', env))
    return [
      { tool: 'az bicep build', file: 'az', words: ['bicep', 'build', '--file', template, '--outdir', scratch] },
      { tool: 'az bicep lint', file: 'az', words: ['bicep', 'lint', '--file', template] },
      ...ours,
    ];
  return ours;
}

const isThere = (file: string, env: NodeJS.ProcessEnv): boolean =>
  spawnSync(file, ['--version'], { env, stdio: 'ignore' }).status === 0;

function run({ tool, file, words }: Command, env: NodeJS.ProcessEnv): Verdict {
  const { status, stdout, stderr, error } = spawnSync(file, words, { env, encoding: 'utf8' });
  const output = error === undefined ? `${stdout}${stderr}`.trim() : error.message;
  const warned = /\bwarning\b/i.test(output.replace(/\b0 warnings\b/i, ''));
  return { tool, ok: status === 0 && !warned, output };
}
