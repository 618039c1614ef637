import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join, resolve } from 'node:path';
import { watchText } from './leakWatch';

export interface Starter {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  /** Resolves once stdout or stderr holds the text. */
  says(text: string): Promise<void>;
}

/** The built starter as a process, as `npm start -- …` runs it. */
export function runStarter(...words: string[]): Starter {
  const child = spawn(process.execPath, [resolve('dist/local/start.js'), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  const heard = (): void => listeners.forEach((listener) => listener());
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    heard();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    heard();
  });
  const ended = new Promise<number | string>((done) =>
    child.once('close', (code, signal) => {
      watchText('command line', `${stdout}\n${stderr}`);
      const data = words[words.indexOf('--data') + 1];
      if (words.includes('--data') && data !== undefined) watchFolder(data);
      done(code ?? signal ?? '');
    }),
  );
  const says = (text: string): Promise<void> =>
    new Promise((found, failed) => {
      const look = (): void => {
        if (!`${stdout}\n${stderr}`.includes(text)) return;
        listeners.delete(look);
        found();
      };
      listeners.add(look);
      look();
      void ended.then((code) => failed(new Error(`ended with ${code} before saying "${text}":\n${stdout}\n${stderr}`)));
    });
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended, says };
}

/** Processes, by id, whose command line or environment names the text; of Linux. */
export function processesNaming(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => ['cmdline', 'environ'].some((file) => readQuietly(`/proc/${pid}/${file}`).includes(text)))
    .map(Number);
}

export async function takePort(): Promise<{ port: number; free: () => Promise<void> }> {
  const server: Server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return { port, free: () => new Promise((done) => server.close(() => done())) };
}

export async function freePort(): Promise<number> {
  const { port, free } = await takePort();
  await free();
  return port;
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** All a run leaves on disk, but for the file whose only content is the operator's token. */
function watchFolder(folder: string): void {
  if (!existsSync(folder)) return;
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, path);
    if (path !== 'token' && statSync(file).isFile()) watchText('files', readFileSync(file, 'latin1'));
  }
}
