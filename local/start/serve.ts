import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startAzurite } from '../azurite';
import { cut, oneLine } from '../../shared/terminal/cells';
import type { DataFolder } from './dataFolder';
import { createHostLog } from './hostLog';
import { startHostProcess } from './hostProcess';
import type { Lifetime } from './lifetime';
import { CannotStartError, onceStarted, PartEndedError } from './lifetime';
import { isAnswering } from './ports';
import { beginStep } from './progress';
import { createRelayApi } from './relayApi';
import type { Terminal } from '../../shared/terminal/terminal';
import { counted } from '../../shared/terminal/wording';

export interface ServeSetup {
  readonly port: number;
  readonly settingsFile: string;
  readonly appFolder: string | undefined;
  readonly settings: Readonly<Record<string, string>>;
  readonly folder: DataFolder;
  readonly terminal: Terminal;
  readonly lifetime: Lifetime;
}

/** Where `UseDevelopmentStorage=true` points. */
const emulatorPorts = { blob: 10_000, queue: 10_001, table: 10_002 };
const emulatorFolder = join('.local', 'azurite');
const healthyWithinMs = 30_000;

/** Serves with exactly the given settings until aborted. @throws CannotStartError · HostStartError */
export async function serve(setup: ServeSetup): Promise<void> {
  const { port, settingsFile, appFolder, settings, folder, terminal, lifetime } = setup;
  const { palette } = terminal;
  terminal.line();
  terminal.line(`${palette.bold('xdr-relay')} with the settings of ${settingsFile}`);
  terminal.line();
  const storage = await provideStorage(settings, terminal, lifetime);
  const log = createHostLog(join(folder.path, 'host.log'), ({ level, message }) => {
    const mark = level === 'error' ? palette.red('error') : palette.yellow('warning');
    terminal.line(`  ${mark}  ${cut(oneLine(message), terminal.width - 11)}`);
  });
  const step = beginStep(terminal, 'Functions host starts');
  const host = await startHostProcess({ port, appFolder, settings, log, signal: lifetime.signal });
  lifetime.own(() => host.stop());
  lifetime.watch(
    'The Functions host',
    host.ended,
    () => ` Its last lines, all of them in ${log.path}:\n${log.lastLines()}`,
  );
  await untilHealthy(host.url, lifetime);
  step.done(`Functions host ready: ${counted(host.functions.length, 'function')}`);
  terminal.line();
  terminal.line(`  Listening on  ${palette.bold(`${host.url}/api`)}`);
  terminal.line(`  Storage       ${storage}`);
  terminal.line(`  Log           ${relative('.', log.path)}`);
  terminal.line(`  Ctrl-C ends it.`);
  terminal.line();
  await new Promise((resolve) => lifetime.signal.addEventListener('abort', resolve, { once: true }));
}

/** Starts Azurite where the settings mean the emulator and none answers. Says what is used. */
async function provideStorage(
  settings: Readonly<Record<string, string>>,
  terminal: Terminal,
  lifetime: Lifetime,
): Promise<string> {
  const connections = [settings.AzureWebJobsStorage, settings.RELAY_STORAGE];
  if (!connections.includes('UseDevelopmentStorage=true')) return accountIn(settings);
  const ports = Object.values(emulatorPorts);
  const answering = await Promise.all(ports.map(isAnswering));
  if (answering.every(Boolean)) return 'the emulator that runs on ports 10000 to 10002';
  const taken = ports.filter((_, at) => answering[at] === true);
  if (taken.length > 0)
    throw new CannotStartError([
      `UseDevelopmentStorage=true needs ports 10000 to 10002 whole: something answers on ${taken.join(' and ')} only`,
    ]);
  const step = beginStep(terminal, 'Storage starts');
  mkdirSync(emulatorFolder, { recursive: true });
  const starting = startAzurite({ location: emulatorFolder, ports: emulatorPorts, signal: lifetime.signal });
  lifetime.own(onceStarted(starting, (azurite) => azurite.stop()));
  const azurite = await starting;
  lifetime.watch('Azurite', azurite.ended);
  step.done('Storage ready: Azurite');
  return `Azurite on ports 10000 to 10002, data in ${emulatorFolder}`;
}

/** Whose storage it is, without its key. */
function accountIn(settings: Readonly<Record<string, string>>): string {
  const connection = settings.RELAY_STORAGE ?? settings.AzureWebJobsStorage ?? '';
  const name = /(?:^|;)AccountName=([^;]+)/i.exec(connection)?.[1];
  return name === undefined ? (settings.RELAY_STORAGE__tableServiceUri ?? 'as in the settings') : `account ${name}`;
}

async function untilHealthy(url: string, { signal }: Lifetime): Promise<void> {
  const api = createRelayApi({ url, token: () => '', signal });
  const untilMs = performance.now() + healthyWithinMs;
  try {
    while (!(await api.isHealthy().catch(() => false))) {
      if (performance.now() > untilMs) throw new PartEndedError(`${url}/api/health did not answer 200 within 30 s.`);
      await wait(200, undefined, { signal });
    }
  } finally {
    await api.close();
  }
}
