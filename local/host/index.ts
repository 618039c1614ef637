import { setTimeout as sleep } from 'node:timers/promises';
import { createAdmin, runByHand } from './admin';
import type { AppFunction } from './appFunction';
import { checkFunctions } from './checkFunctions';
import { createEngine, type Engine } from './durable/engine';
import { startRpcServer, type RpcServer } from './durable/rpcServer';
import { closeRegistration, isRegistrationOpen, runHooks, setLogSink } from './functionsCore';
import { readHostJson, type HostJson } from './hostJson';
import { createRoutes } from './http/routes';
import { listen, type HttpFront } from './http/server';
import { createInvocations, lockModel, writeAppLine, type Invocations } from './invoke';
import { loadApp, startApp } from './loadApp';
import { createLog, type HostLogEntry, type WriteLog } from './log';
import { createQueues, type Queues } from './queues/queues';
import { createQueueClients } from './queues/storageQueue';
import { deliverToQueues } from './queues/outputs';
import { AppRefusedError } from './refusal';
import type { ProgrammingModel } from './rpc';
import { createStats, type HostStats } from './stats';
import { describeThrown } from './thrown';
import { createTimers, type Timers } from './timers/timers';

export type { HostLogEntry, LogLevel } from './log';
export type { HostStats } from './stats';
export { AppRefusedError } from './refusal';

export interface HostOptions {
  /** Folder of the app's package.json and host.json. */
  readonly appRoot: string;
  /** On 127.0.0.1; 0 takes any free one. */
  readonly port: number;
  readonly log?: (entry: HostLogEntry) => void;
}

export interface Host {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly functions: readonly string[];
  stats(): HostStats;
  /** All that Durable keeps of its instances, as JSON: inputs, results, reasons. */
  history(): string;
  /** Runs a timer or queue function now; `input` is a queue message's text. Rejects with what the function threw. */
  runFunction(name: string, input?: string): Promise<void>;
  /** Begins nothing new, gives running functions 3 s, runs appTerminate hooks, closes the servers. */
  stop(): Promise<void>;
}

/** How long running functions may take to end once the host stops. */
const graceMs = 3_000;

/**
 * Hosts a Functions app of the Node v4 model in this process: its triggers, its Durable orchestrations, its settings
 * from `process.env`. One process hosts one app, once, as a worker process does. Durable state is in memory.
 *
 * @throws Error with code EADDRINUSE · AppRefusedError (code APP_REFUSED) with every fault found
 */
export async function startHost(options: HostOptions): Promise<Host> {
  if (!isRegistrationOpen()) throw new Error('local/host: this process has hosted an app already.');
  const log = createLog(options.log ?? (() => undefined));
  const front = await listen(options.port, log);
  let rpc: RpcServer | undefined;
  try {
    const { hostJson, faults } = readHostJson(options.appRoot, process.env);
    if (faults.length > 0) throw new AppRefusedError(faults);
    rpc = await startRpcServer(hostJson.durable.hubName, log);
    setEnvironment(front.port);
    const app = await readApp(options.appRoot, hostJson, log);
    return await run({ ...app, hostJson, log, front, rpc });
  } catch (error) {
    await Promise.all([front.close(), rpc?.close()]);
    throw error;
  }
}

/** What the platform sets for every app. The Durable client rewrites its addresses without WEBSITE_HOSTNAME. */
function setEnvironment(port: number): void {
  process.env.WEBSITE_HOSTNAME ??= `127.0.0.1:${port}`;
  process.env.AZURE_FUNCTIONS_ENVIRONMENT ??= 'Development';
}

interface App {
  readonly functions: readonly AppFunction[];
  readonly model: ProgrammingModel;
}

async function readApp(appRoot: string, hostJson: HostJson, log: WriteLog): Promise<App> {
  setLogSink((level, category, message) => writeAppLine(log, undefined, { level, category, message }));
  const loadFaults = await loadApp(appRoot);
  if (loadFaults.length === 0) loadFaults.push(...(await startApp()));
  const capabilityFaults = await lockModel();
  const { functions: registered, faults: registrationFaults, model } = closeRegistration();
  const { functions, faults } = checkFunctions(registered, hostJson, process.env);
  const all = [...new Set([...loadFaults, ...registrationFaults, ...capabilityFaults, ...faults])];
  if (all.length > 0 || !model) throw new AppRefusedError(all);
  return { functions, model };
}

interface Parts extends App {
  readonly hostJson: HostJson;
  readonly log: WriteLog;
  readonly front: HttpFront;
  readonly rpc: RpcServer;
}

interface Running {
  readonly invocations: Invocations;
  readonly engine: Engine;
  readonly timers: Timers;
  readonly queues: Queues;
}

async function run(parts: Parts): Promise<Host> {
  const { functions, hostJson, log, front, rpc } = parts;
  const stats = createStats();
  const clients = createQueueClients(process.env);
  const invocations = createInvocations({
    model: parts.model,
    log,
    functionTimeoutMs: hostJson.functionTimeoutMs,
    inputData: () => ({ string: rpc.clientBinding }),
    deliver: (target, response) => deliverToQueues(target, response, clients, hostJson.queues),
  });
  const { invoke } = invocations;
  const engine = createEngine({ functions, options: hostJson.durable, invoke, log, stats });
  const timers = createTimers(functions, invoke, log);
  const queues = createQueues({ functions, options: hostJson.queues, clients, invoke, log });
  const url = `http://127.0.0.1:${front.port}`;

  const runInBackground = (target: AppFunction, input: string) => {
    runByHand(invoke, target, input).catch((error: unknown) => {
      log('Error', `Function.${target.name}`, describeThrown(error).message, target.name);
    });
  };
  rpc.serve(engine);
  front.open(createRoutes(functions, hostJson.routePrefix), createAdmin(functions, runInBackground, url), invoke);
  timers.start();
  queues.start();
  log('Debug', 'Host.Startup', `${functions.length} functions on ${url}`);

  let stopping: Promise<void> | undefined;
  return Promise.resolve({
    url,
    functions: functions.map(({ name }) => name),
    stats: () => stats.read(),
    history: () => JSON.stringify(engine.instances.list({})),
    async runFunction(name, input = '') {
      const target = functions.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
      if (!target) throw new Error(`local/host: no function is called ${name}.`);
      await runByHand(invoke, target, input);
    },
    stop: () => (stopping ??= stop(parts, { invocations, engine, timers, queues })),
  });
}

async function stop({ front, rpc, log }: Parts, { invocations, engine, timers, queues }: Running): Promise<void> {
  timers.stop();
  queues.stop();
  engine.stop();
  front.stopAccepting();
  const grace = new AbortController();
  const patience = sleep(graceMs, undefined, { signal: grace.signal }).catch(() => undefined);
  await Promise.race([Promise.all([invocations.idle(), queues.idle()]), patience]);
  grace.abort();
  await runHooks('appTerminate', { hookData: {} }).catch((error: unknown) => {
    log('Error', 'Host.Shutdown', `an appTerminate hook threw: ${describeThrown(error).message}`);
  });
  await Promise.all([front.close(), rpc.close()]);
}
