import type { Terminal } from '../../shared/terminal/terminal';
import { createTerminal } from '../../shared/terminal/terminal';
import { oneLine, wrap } from '../../shared/terminal/cells';
import type { Failure } from '../failure';

/** Where answers and everything else go: stdout takes the answer alone, stderr all that is said on the way. */
export interface Output {
  readonly json: boolean;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  /** Columns a table may take; without end where nobody watches, so that nothing is cut from what is searched or kept. */
  readonly width: number;
  /** The answer: as it came for machines, else the lines for people. */
  readonly answer: (value: unknown, lines: () => readonly string[]) => void;
  /** A remark on the way. */
  readonly say: (text: string) => void;
}

export const createOutput = (json: boolean, env: NodeJS.ProcessEnv): Output => {
  const stdout = createTerminal(process.stdout, env);
  const stderr = createTerminal(process.stderr, env);
  return {
    json,
    stdout,
    stderr,
    width: stdout.isInteractive ? stdout.width : Number.POSITIVE_INFINITY,
    answer: (value, lines) => {
      stderr.status('');
      if (json) stdout.line(JSON.stringify(value, null, 2));
      else for (const line of lines()) stdout.line(line);
    },
    say: (text) => stderr.line(text),
  };
};

/** A failure as text; for machines one JSON object. Both on stderr. */
export const showFailure = ({ json, stderr }: Output, failure: Failure): void => {
  const { message, code, cure, link } = failure;
  stderr.status('');
  if (json) {
    stderr.line(JSON.stringify({ error: { message, code: code ?? null, cure: cure ?? null, link: link ?? null } }));
    return;
  }
  const { red, dim } = stderr.palette;
  const shownCode = code === undefined ? '' : ` ${dim(`(${code})`)}`;
  stderr.line(`${red('xdr-relay:')} ${safe(message)}${shownCode}`);
  for (const line of (cure ?? '').split('\n').filter((each) => each !== ''))
    for (const part of wrap(oneLine(line), stderr.width - 2)) stderr.line(`  ${part}`);
  if (link !== undefined) stderr.line(`  ${oneLine(link)}`);
};

/** Texts of others may hold escape sequences. */
const safe = (text: string): string => text.split('\n').map(oneLine).join('\n');
