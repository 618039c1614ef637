#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { z } from 'zod';
import { failureOf } from './failure';
import { createOutput, showFailure } from './print/output';
import { createProgram } from './program';
import { RanElsewhere } from './withCertificates';

/** Ended by Ctrl-C, as shells count it. */
const interrupted = 130;

/** What the parser refused or showed has been told already: asking for help is no fault, everything else is written wrongly. */
const exitCodeOf = (error: unknown): number => {
  if (error instanceof RanElsewhere) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const failure = failureOf(error);
  showFailure(createOutput(process.argv.includes('--json'), process.env), failure);
  if ((process.env.XDR_RELAY_DEBUG ?? '') !== '') process.stderr.write(`${stackOf(error)}\n`);
  return failure.exitCode;
};

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** dist/cli lies two floors below the package. */
const ownVersion = (): string => {
  const text = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
};

process.on('SIGINT', () => {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  process.exit(interrupted);
});
// A reader that closed its end of the pipe has seen enough.
process.stdout.on('error', () => process.exit(0));

createProgram(ownVersion())
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = exitCodeOf(error);
  });
