import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Ending } from '../childProcess';
import { ended, endingInWords, interrupt, track } from '../childProcess';
import type { HostLog } from './hostLog';

export interface HostProcessOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Folder of a packaged app; undefined: the app built here. */
  readonly appFolder: string | undefined;
  /** The app's settings; of our own environment only what a process needs to live is added. */
  readonly settings: Readonly<Record<string, string>>;
  readonly log: HostLog;
  readonly signal: AbortSignal;
}

export interface HostProcess {
  readonly url: string;
  readonly functions: readonly string[];
  readonly pid: number;
  /** Resolves when the process has ended, wanted or not. */
  readonly ended: Promise<Ending>;
  stop(): Promise<void>;
}

/** The host could not start; `code` is EADDRINUSE where the port was taken, APP_REFUSED where the app was refused. */
export class HostStartError extends Error {
  override readonly name = 'HostStartError';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const report = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), url: z.string(), functions: z.array(z.string()) }),
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
]);

/** dist/local/start lies three floors below the app's package.json. */
const builtHere = resolve(__dirname, '..', '..', '..');
/** The host itself gives running functions 3 s. */
const patienceMs = 3_500;

/**
 * Starts the Functions host with the built app as a process of its own, apart from the terminal's process group: a Ctrl-C reaches
 * the starter alone, and the host ends by itself once the starter is gone.
 * @throws HostStartError
 */
export async function startHostProcess(options: HostProcessOptions): Promise<HostProcess> {
  const { port, appFolder, settings, log, signal } = options;
  signal.throwIfAborted();
  const root = appFolder === undefined ? builtHere : resolve(appFolder);
  const main = resolve(__dirname, '..', 'host', 'main.js');
  const child = spawn(process.execPath, [main, '--root', root, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
    env: { ...livingEnv(), ...settings },
  });
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name];
    if (stream !== null) createInterface({ input: stream }).on('line', (line) => log.take(line, name));
  }
  track(child);
  const whenEnded = ended(child);
  const stop = (): Promise<void> => interrupt(child, patienceMs);
  const abort = (): void => void stop();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const first = await Promise.race([
      new Promise<unknown>((heard) => child.once('message', heard)),
      whenEnded.then((ending) => {
        throw new HostStartError(
          'FAILED',
          `The Functions host did not start (${endingInWords(ending)}).\n${log.lastLines()}`,
        );
      }),
    ]);
    signal.throwIfAborted();
    const said = report.parse(first);
    if (said.type === 'failed') throw new HostStartError(said.code, said.message);
    return { url: said.url, functions: said.functions, pid: child.pid ?? 0, ended: whenEnded, stop };
  } catch (error) {
    await stop();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Azure or proxy settings of the user's shell would change what the app sees. */
function livingEnv(): NodeJS.ProcessEnv {
  const needed = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'SystemRoot', 'TEMP', 'USERPROFILE', 'LOCAL_HOST_LOG_LEVEL'];
  return Object.fromEntries(needed.map((name) => [name, process.env[name]]));
}
