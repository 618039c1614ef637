import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startAzurite } from '../azurite';
import { createAnnouncements } from './announcements';
import { cut, oneLine } from '../../shared/terminal/cells';
import { registerCustomers } from './customers';
import type { DataFolder } from './dataFolder';
import type { DemoCloud } from './demoCloud';
import { demoSettings, startDemoCloud } from './demoCloud';
import { runFirstSync, type FirstSync, type SyncProgress } from './firstSync';
import { createHostLog } from './hostLog';
import { startHostProcess } from './hostProcess';
import { writeDemoFile } from './demoFile';
import type { Lifetime } from './lifetime';
import { onceStarted } from './lifetime';
import { keepOperatorToken, type OperatorToken } from './operatorToken';
import type { DemoOptions } from './options';
import { freePort } from './ports';
import { beginStep } from './progress';
import type { RelayApi, TenantView } from './relayApi';
import { createRelayApi } from './relayApi';
import type { Summary } from './summary';
import { summarize } from './summary';
import type { Terminal } from '../../shared/terminal/terminal';
import { counted, number } from '../../shared/terminal/wording';
import type { Desk } from './tickets/desk';
import { startDesks } from './tickets/desk';
import type { WorldFile } from './worldFile';

export interface DemoSetup {
  readonly options: DemoOptions;
  readonly world: WorldFile;
  readonly folder: DataFolder;
  readonly terminal: Terminal;
  readonly lifetime: Lifetime;
}

/** Everything of a demo that is up, its customers read once. */
export interface RunningDemo {
  readonly cloud: DemoCloud;
  readonly api: RelayApi;
  readonly token: OperatorToken;
  readonly first: FirstSync;
  readonly summary: Summary;
  /** Ticket tools of customers; their tickets come on their own time. */
  readonly desks: readonly Desk[];
  /** Ticket ids from before this start. */
  readonly earlierTickets: ReadonlySet<string>;
  /** Ends when the relay and all tools know each other. */
  readonly connected: Promise<unknown>;
  /** When the first reading began, by the cloud's clock. */
  readonly startedAtMs: number;
  /** How often every customer is asked for while the demo goes on; undefined: the relay's own timer does, every minute. */
  readonly askEveryMs: number | undefined;
}

/** Beyond this many customers asking for each of them would be the load, not the demo. */
const mostAskedFor = 20;

/** Starts storage, cloud and host, registers the customers and reads each of them once; a line a step. */
export async function startDemo(setup: DemoSetup): Promise<RunningDemo> {
  const { options, world, folder, terminal, lifetime } = setup;
  const { signal } = lifetime;
  greet(setup);
  const storageStep = beginStep(terminal, 'Storage starts');
  const cloudStep = beginStep(terminal, 'Microsoft cloud starts');
  const storageStarting = startAzurite({ location: join(folder.path, 'azurite'), signal });
  lifetime.own(onceStarted(storageStarting, (storage) => storage.stop()));
  const cloudStarting = startDemoCloud(world, folder.path);
  lifetime.own(onceStarted(cloudStarting, ({ cloud }) => cloud.stop()));
  const cloud = await cloudStarting;
  signal.throwIfAborted();
  cloudStep.done('Microsoft cloud ready: Entra, Key Vault, Graph (simulated)');
  const desks = await openDesks(cloud, setup);
  const earlierTickets = new Set(desks.flatMap((desk) => desk.tickets().map(({ ticketId }) => ticketId)));
  const storage = await storageStarting;
  lifetime.watch('Azurite', storage.ended);
  storageStep.done('Storage ready: Azurite');

  const asksItself = options.once || world.tenants <= mostAskedFor;
  const port = options.port === 0 ? await freePort() : options.port;
  const settings = demoSettings(cloud, {
    connectionString: storage.connectionString,
    publicUrl: `http://127.0.0.1:${port}`,
    intervalSeconds: asksItself ? undefined : 60,
  });
  const url = await startHost(setup, settings, port);
  const token = await keepOperatorToken(cloud.cloud, folder.path);
  lifetime.own(() => token.stop());
  const demoFile = writeDemoFile({ cloud, url, folder: folder.path, tokenFile: token.path, settings });
  lifetime.own(() => {
    demoFile.remove();
    return Promise.resolve();
  });
  const api = createRelayApi({ url, token: () => token.current(), signal });
  lifetime.own(() => api.close());

  const startedAtMs = Number(cloud.cloud.world.clock() / 10_000n);
  const before = await register(api, cloud, terminal);
  const { first, tookMs } = await read({ api, before, startedAtMs, terminal, lifetime });
  // What is open is announced once, when the connection is put: it has to be stored by then.
  const connected = Promise.all(desks.map((desk) => desk.connect(api)));
  // Whoever waits for it hears of a failure.
  connected.catch(() => undefined);
  const summary = summarize(before, first, tookMs);
  const askEveryMs = asksItself ? 10_000 : undefined;
  return { cloud, api, token, first, summary, desks, earlierTickets, connected, startedAtMs, askEveryMs };
}

function greet({ world, terminal, options }: DemoSetup): void {
  const { bold, dim } = terminal.palette;
  const customers = counted(world.tenants, 'customer');
  terminal.line();
  terminal.line(`${bold('xdr-relay')}, the demo: ${customers} in a simulated Microsoft cloud, all on this machine.`);
  if (!options.once && existsSync('local.settings.json'))
    terminal.line(dim('To serve with your own settings: npm start -- --settings local.settings.json'));
  terminal.line();
}

async function openDesks(
  { withTools }: DemoCloud,
  { folder, terminal, lifetime }: DemoSetup,
): Promise<readonly Desk[]> {
  if (withTools.length === 0) return [];
  const step = beginStep(terminal, 'Ticket tools start');
  const desks = await startDesks(withTools, folder.path);
  for (const desk of desks) lifetime.own(() => desk.stop());
  lifetime.signal.throwIfAborted();
  step.done(`Ticket tools ready: ${desks.map(({ kind }) => kind.name).join(', ')} (simulated)`);
  return desks;
}

async function startHost(
  { options, folder, terminal, lifetime }: DemoSetup,
  settings: Readonly<Record<string, string>>,
  port: number,
): Promise<string> {
  const step = beginStep(terminal, 'Functions host starts');
  const log = createHostLog(join(folder.path, 'host.log'), ({ level, message }) => {
    const { red, yellow } = terminal.palette;
    const mark = level === 'error' ? red('host error') : yellow('host warning');
    terminal.line(`  ${mark}  ${cut(oneLine(message), terminal.width - 16)}`);
  });
  const { appFolder } = options;
  const host = await startHostProcess({ port, appFolder, settings, log, signal: lifetime.signal });
  lifetime.own(() => host.stop());
  lifetime.watch(
    'The Functions host',
    host.ended,
    () => ` Its last lines, all of them in ${log.path}:\n${log.lastLines()}`,
  );
  step.done(`Functions host ready: ${counted(host.functions.length, 'function')} on ${host.url}`);
  return host.url;
}

async function register(api: RelayApi, cloud: DemoCloud, terminal: Terminal): Promise<TenantView[]> {
  const step = beginStep(terminal, 'Customers are registered');
  const before = await registerCustomers(api, cloud, (done) => step.show(`Customers are registered: ${number(done)}`));
  step.done(`${counted(before.length, 'customer')} registered`);
  return before;
}

async function read(options: {
  api: RelayApi;
  before: readonly TenantView[];
  startedAtMs: number;
  terminal: Terminal;
  lifetime: Lifetime;
}): Promise<{ first: FirstSync; tookMs: number }> {
  const { terminal, lifetime, ...rest } = options;
  const step = beginStep(terminal, 'First sync');
  const begunMs = performance.now();
  const first = await runFirstSync({
    ...rest,
    onProgress: (progress) => step.show(`First sync: ${progressInWords(progress)}`),
    signal: lifetime.signal,
  });
  const tookMs = performance.now() - begunMs;
  const stored = first.tenants.reduce((sum, { sync }) => sum + sync.counts.stored, 0);
  const complete = first.tenants.filter(
    ({ access, tenantId }) =>
      access.reader.state !== 'blocked' && !first.unfinished.some((each) => each.tenantId === tenantId),
  ).length;
  step.done(`First sync: ${progressInWords({ tenants: first.tenants.length, complete, blocked: 0, stored })}`);
  return { first, tookMs };
}

function progressInWords({ tenants, complete, stored }: SyncProgress): string {
  return `${number(complete)} of ${number(tenants)} complete, ${counted(stored, 'incident')}`;
}

export const announcementsOf = ({ cloud }: DemoCloud, changesPerMinute: number) => {
  const announcements = createAnnouncements();
  cloud.live({
    changesPerMinute,
    onEvent: ({ tenantId, incidentId, what }) => {
      const tenant = cloud.world.findTenant(tenantId);
      const version = tenant && cloud.world.incidentsOf(tenant).byId.get(incidentId)?.lastUpdateDateTime;
      if (version !== undefined) announcements.add({ tenantId, incidentId, version, what });
    },
  });
  return announcements;
};
