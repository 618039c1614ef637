import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { watchText } from '../support/leakWatch';

export interface Ran {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ran>;
  /** Resolves with the match once stderr or stdout holds it. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

/** The built command line as a process, in an environment of its own. */
export interface Cli {
  run(...words: readonly string[]): Promise<Ran>;
  /** With something on stdin. */
  feed(input: string, ...words: readonly string[]): Promise<Ran>;
  start(...words: readonly string[]): Running;
  /** The answer of a command with --json. */
  json<T>(...words: readonly string[]): Promise<T>;
  /** All that was ever printed, except by commands that were asked for a token. */
  printed(): string;
}

const main = resolve('dist/cli/main.js');

export const createCli = (env: Readonly<Record<string, string>>): Cli => {
  const printed: string[] = [];
  const start = (words: readonly string[], input: string | undefined): Running => {
    const child = spawn(process.execPath, [main, ...words], {
      env: { PATH: process.env.PATH, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    child.stdin?.end(input);
    const texts = { stdout: '', stderr: '' };
    const listeners = new Set<() => void>();
    for (const name of ['stdout', 'stderr'] as const)
      child[name]?.on('data', (chunk: Buffer) => {
        texts[name] += chunk.toString();
        for (const listener of listeners) listener();
      });
    const ended = new Promise<Ran>((done) =>
      child.once('close', (code, signal) => {
        if (!words.includes('--raw')) {
          printed.push(texts.stdout, texts.stderr);
          watchText('command line', `${texts.stdout}\n${texts.stderr}`);
        }
        done({ code: code ?? signal ?? '', ...texts });
      }),
    );
    const says = (pattern: RegExp): Promise<RegExpExecArray> =>
      new Promise((found, failed) => {
        const look = (): void => {
          const match = pattern.exec(`${texts.stderr}\n${texts.stdout}`);
          if (match === null) return;
          listeners.delete(look);
          found(match);
        };
        listeners.add(look);
        look();
        void ended.then(({ code, stderr }) => failed(new Error(`ended with ${code} before ${pattern}:\n${stderr}`)));
      });
    return { process: child, ended, says };
  };
  return {
    run: (...words) => start(words, undefined).ended,
    feed: (input, ...words) => start(words, input).ended,
    start: (...words) => start(words, undefined),
    json: async <T>(...words: readonly string[]) => {
      const { code, stdout, stderr } = await start([...words, '--json'], undefined).ended;
      if (stdout === '') throw new Error(`ended with ${code} and no answer:\n${stderr}`);
      return JSON.parse(stdout) as T;
    },
    printed: () => printed.join('\n'),
  };
};
