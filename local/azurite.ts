import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { Ending } from './childProcess';
import { ended, endingInWords, interrupt, track } from './childProcess';

export interface AzuritePorts {
  readonly blob: number;
  readonly queue: number;
  readonly table: number;
}

export interface AzuriteOptions {
  /** Folder that keeps the data; in memory without. */
  readonly location?: string;
  /** On 127.0.0.1; any free ones without. */
  readonly ports?: AzuritePorts;
  /** Ends a start under way. */
  readonly signal?: AbortSignal;
}

export interface Azurite {
  readonly connectionString: string;
  readonly ports: AzuritePorts;
  readonly pid: number;
  /** Resolves when the process has ended, wanted or not. */
  readonly ended: Promise<Ending>;
  /** Azurite saves its data at SIGINT; killed, it would lose the last 5 s. */
  stop(): Promise<void>;
}

/** The well-known account of every storage emulator. @see https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
const account = 'devstoreaccount1';
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Runs Azurite and ends it once its parent is gone, however that died: Azurite itself would go on for ever. */
const guarded = `
process.once('disconnect', () => process.kill(process.pid, 'SIGINT'));
process.channel.unref();
process.argv.splice(1, 0, 'azurite');
require(process.env.AZURITE_MAIN);`;

const saveMs = 10_000;
const services = ['Blob', 'Queue', 'Table'] as const;

/**
 * Starts the storage emulator as a process of its own, apart from the terminal's process group, so that Ctrl-C reaches only who
 * started it. Resolves when all three services listen.
 * @throws Error with what Azurite said when it ends before
 */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  options.signal?.throwIfAborted();
  const child = spawn(process.execPath, ['-e', guarded, '--', ...argumentsOf(options)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      AZURITE_MAIN: require.resolve('azurite/dist/src/azurite.js'),
    },
  });
  track(child);
  const whenEnded = ended(child);
  const stop = (): Promise<void> => interrupt(child, saveMs);
  const abort = (): void => void stop();
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    const ports = await readPorts(child, whenEnded);
    options.signal?.throwIfAborted();
    return { connectionString: connectionStringTo(ports), ports, pid: child.pid ?? 0, ended: whenEnded, stop };
  } catch (error) {
    await stop();
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

function argumentsOf({ location, ports }: AzuriteOptions): string[] {
  const place = location === undefined ? ['--inMemoryPersistence'] : ['--location', resolve(location)];
  const portOf = (service: keyof AzuritePorts): string => String(ports?.[service] ?? 0);
  return [
    ...place,
    ...['--blobPort', portOf('blob'), '--queuePort', portOf('queue'), '--tablePort', portOf('table')],
    // Newer SDKs name service versions Azurite does not know yet.
    ...['--skipApiVersionCheck', '--silent', '--disableTelemetry'],
  ];
}

/** Azurite says where each service listens once it does; with port 0 that is the only way to know. */
async function readPorts(child: ChildProcess, whenEnded: Promise<Ending>) {
  let said = '';
  const heard = new Promise<AzuritePorts>((resolvePorts) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-4_000);
      const [blob, queue, table] = services.map(
        (service) =>
          new RegExp(`${service} service is successfully listening at http://127\\.0\\.0\\.1:(\\d+)`).exec(said)?.[1],
      );
      if (blob === undefined || queue === undefined || table === undefined) return;
      child.stdout?.removeAllListeners('data').resume();
      resolvePorts({ blob: Number(blob), queue: Number(queue), table: Number(table) });
    });
  });
  let complained = '';
  child.stderr?.on('data', (chunk: Buffer) => (complained = `${complained}${chunk.toString()}`.slice(-2_000)));
  const died = whenEnded.then((ending) => {
    throw new Error(`Azurite did not start (${endingInWords(ending)}). ${complained.trim() || said.trim()}`.trim());
  });
  return Promise.race([heard, died]);
}

function connectionStringTo({ blob, queue, table }: AzuritePorts): string {
  const endpoint = (name: string, port: number): string => `${name}Endpoint=http://127.0.0.1:${port}/${account};`;
  return [
    `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${accountKey};`,
    endpoint('Blob', blob),
    endpoint('Queue', queue),
    endpoint('Table', table),
  ].join('');
}
