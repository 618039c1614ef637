import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { transformSync } from '@swc/core';
import type { HostStats } from '../../../../local/host';

const repository = join(__dirname, '../../../..');
const fixtures = join(__dirname, '../fixtures');

export interface HostProcess {
  readonly url: string;
  readonly functions: string[];
  readonly process: ChildProcess;
  /** Everything written to stderr so far. */
  log(): string;
  /** Sends a signal and answers the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  stats(): Promise<HostStats>;
}

export interface FailedStart {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number | null;
  readonly stderr: string;
}

export interface Workbench {
  /** An app from fixtures/<name>, compiled as a build would. */
  fixture(name: string): string;
  /** An app from texts by path; package.json and host.json are added unless given. */
  app(files: Record<string, string>): string;
  start(appRoot: string, options?: StartOptions): Promise<HostProcess>;
  startFailing(appRoot: string, options?: StartOptions): Promise<FailedStart>;
  /** Ends every host still running and removes the files. */
  close(): Promise<void>;
}

export interface StartOptions {
  readonly env?: Record<string, string>;
  readonly port?: number;
}

type Ready = { type: 'ready'; url: string; functions: string[] } | { type: 'failed'; code: string; message: string };

/** Compiles local/host into a folder of its own, so that these tests need no build, and starts it as a child process. */
export function createWorkbench(): Workbench {
  const folder = mkdtempSync(join(tmpdir(), 'local-host-'));
  const running = new Set<ChildProcess>();
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  compileFolder(join(repository, 'local/host'), join(folder, 'host'));
  let apps = 0;

  function launch(appRoot: string, { env = {}, port = 0 }: StartOptions) {
    const child = fork(join(folder, 'host/main.js'), ['--root', appRoot, '--port', String(port)], {
      env: { PATH: process.env.PATH, LOCAL_HOST_LOG_LEVEL: 'Information', ...env },
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    running.add(child);
    void once(child, 'exit').then(() => running.delete(child));
    return { child, log: () => stderr };
  }

  return {
    fixture(name) {
      const target = join(folder, name);
      cpSync(join(fixtures, name), target, { recursive: true, filter: (path) => !path.endsWith('.ts') });
      compileFolder(join(fixtures, name), target);
      return target;
    },
    app(files) {
      const target = join(folder, `app-${++apps}`);
      const all = { 'package.json': '{"main":"functions/*.js"}', 'host.json': JSON.stringify(plainHostJson), ...files };
      for (const [path, text] of Object.entries(all)) {
        mkdirSync(dirname(join(target, path)), { recursive: true });
        writeFileSync(join(target, path), text);
      }
      return target;
    },
    async start(appRoot, options = {}) {
      const { child, log } = launch(appRoot, options);
      const message = await firstMessage(child, log);
      if (message.type === 'failed') throw new Error(message.message);
      return {
        url: message.url,
        functions: message.functions,
        process: child,
        log,
        async end(signal = 'SIGTERM') {
          const exited = once(child, 'exit') as Promise<[number | null]>;
          child.kill(signal);
          return (await exited)[0];
        },
        async stats() {
          const answered = once(child, 'message') as Promise<[{ stats: HostStats }]>;
          child.send({ type: 'stats' });
          return (await answered)[0].stats;
        },
      };
    },
    async startFailing(appRoot, options = {}) {
      const { child, log } = launch(appRoot, options);
      const exited = once(child, 'exit') as Promise<[number | null]>;
      const message = await firstMessage(child, log);
      if (message.type === 'ready') {
        child.kill('SIGKILL');
        throw new Error('the app was not refused');
      }
      const [exitCode] = await exited;
      return { code: message.code, message: message.message, exitCode, stderr: log() };
    },
    async close() {
      for (const child of running) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const plainHostJson = {
  version: '2.0',
  extensionBundle: { id: 'Microsoft.Azure.Functions.ExtensionBundle', version: '[4.32.0, 5.0.0)' },
};

/** Asks until `probe` answers something, at most 15 s. */
export async function until<T>(probe: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error('waited 15 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function firstMessage(child: ChildProcess, log: () => string): Promise<Ready> {
  const exited = once(child, 'exit').then(() => Promise.reject(new Error(`the host ended: ${log()}`)));
  const [message] = (await Promise.race([once(child, 'message'), exited])) as [Ready];
  exited.catch(() => undefined);
  return message;
}

function compileFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    if (entry.isDirectory()) compileFolder(source, join(to, entry.name));
    else if (entry.name.endsWith('.ts')) writeFileSync(join(to, entry.name.replace(/ts$/, 'js')), compile(source));
  }
}

function compile(path: string): string {
  return transformSync(readFileSync(path, 'utf8'), {
    filename: path,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs', ignoreDynamic: true },
  }).code;
}
