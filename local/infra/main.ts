import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readAccessMatrix } from './accessMatrix';
import { accessTables, withAccessTables } from './accessTables';
import { checkTemplates } from './compilers';

const root = resolve(__dirname, '..', '..', '..');
const page = join(root, 'docs', 'permissions.md');

/**
 * Who may do what, and what compilers and checkers say of infra/ (the first half of `npm run infra:check`). With `--write`
 * (`npm run infra:access`) the tables go into docs/permissions.md instead.
 */
function main(): number {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
  const tables = accessTables(readAccessMatrix(join(root, 'infra')));
  process.stdout.write(`${tables}\n\n`);
  if (values.write) {
    writeFileSync(page, withAccessTables(readFileSync(page, 'utf8'), tables));
    return 0;
  }
  const verdicts = checkTemplates(join(root, 'infra'), process.env);
  for (const { tool, ok, output } of verdicts) process.stdout.write(`${tool}: ${ok ? 'ok' : 'failed'}\n${output}\n`);
  if (verdicts.length > 0) return verdicts.every(({ ok }) => ok) ? 0 : 1;
  const nothing = 'infra/ was not compiled: neither bicep nor az is on the PATH, and BICEP_CHECK names no checker.';
  process.stderr.write(`${nothing}\n`);
  return process.env.CI === 'true' ? 1 : 0;
}

process.exitCode = main();
