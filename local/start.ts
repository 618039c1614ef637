import { killAll } from './childProcess';
import { checkDemo, checkServe } from './start/check';
import type { DataFolder } from './start/dataFolder';
import { openDataFolder } from './start/dataFolder';
import { startDemo } from './start/demo';
import { customerTable } from './start/firstScreen';
import { goOn } from './start/goOn';
import { help } from './start/help';
import { HostStartError } from './start/hostProcess';
import type { Lifetime } from './start/lifetime';
import { CannotStartError, createLifetime, Interrupted } from './start/lifetime';
import type { DemoOptions, ServeOptions } from './start/options';
import { readOptions } from './start/options';
import { serve } from './start/serve';
import { summaryInWords } from './start/summary';
import { nameOfTool } from './start/tickets/kinds';
import { isWhole, ticketsInWords } from './start/tickets/ticketSummary';
import { walkDesks } from './start/tickets/walkDesks';
import { createTerminal } from '../shared/terminal/terminal';
import { writeWorld } from './start/worldFile';

/** `npm start`: the demo, one cycle of it, or serving with given settings. Answers the exit code. */
async function main(words: readonly string[], lifetime: Lifetime): Promise<number> {
  const { options, faults } = readOptions(words, process.env);
  if (options.kind === 'help') return write(help);
  return options.kind === 'serve' ? serveSettings(options, faults, lifetime) : demo(options, faults, lifetime);
}

async function demo(options: DemoOptions, faults: readonly string[], lifetime: Lifetime): Promise<number> {
  const checked = await checkDemo(options, new Date().toISOString());
  refuse([...faults, ...checked.faults]);
  const folder = openDataFolder(options.dataFolder);
  const terminal = createTerminal(options.json ? process.stderr : process.stdout, process.env);
  return whileOpen(folder, lifetime, async () => {
    writeWorld(folder.path, checked.world);
    const running = await startDemo({ options, world: checked.world, folder, terminal, lifetime });
    const { first } = running;
    const tickets = options.once ? await walkDesks(running, terminal, lifetime.signal) : undefined;
    const summary = { ...running.summary, ...(tickets === undefined ? {} : { tickets }) };
    if (options.json) await write(`${JSON.stringify(summary)}\n`);
    if (!options.once) {
      await goOn(running, terminal, lifetime.signal);
      return 0;
    }
    terminal.line();
    const look = { width: terminal.width, palette: terminal.palette, nowMs: Date.now() };
    for (const line of customerTable(first.tenants, running.startedAtMs, look)) terminal.line(line);
    terminal.line();
    for (const line of [...summaryInWords(summary), ...ticketsInWords(tickets ?? {}, nameOfTool)])
      terminal.line(`  ${line}`);
    terminal.line();
    return first.unfinished.length === 0 && isWhole(tickets ?? {}) ? 0 : 1;
  });
}

async function serveSettings(options: ServeOptions, faults: readonly string[], lifetime: Lifetime): Promise<number> {
  const { values: settings, faults: more } = await checkServe(options);
  refuse([...faults, ...more]);
  const folder = openDataFolder(undefined);
  const terminal = createTerminal(process.stdout, process.env);
  return whileOpen(folder, lifetime, async () => {
    await serve({ ...options, settings, folder, terminal, lifetime });
    return 0;
  });
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new CannotStartError(faults);
}

/** Ends all that was started before the folder is given up; after a failure a temporary folder stays, for its log. */
async function whileOpen(folder: DataFolder, lifetime: Lifetime, work: () => Promise<number>): Promise<number> {
  let outcome: number | Error;
  try {
    outcome = await work();
  } catch (error) {
    outcome = error instanceof Error ? error : new Error(String(error));
  }
  // Once the end is wanted, its reason is what counts; what broke off because of it is not.
  const reason: unknown = lifetime.signal.reason;
  if (reason instanceof Error && !(reason instanceof Interrupted && outcome === 0)) outcome = reason;
  await lifetime.close();
  const failed = outcome === 1 || (outcome instanceof Error && !isQuiet(outcome));
  folder.release(failed);
  if (outcome instanceof Error) throw outcome;
  return outcome;
}

const isQuiet = (error: Error): boolean => error instanceof Interrupted || error instanceof CannotStartError;

function listenForSignals(lifetime: Lifetime): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (lifetime.signal.aborted) {
        // Asked a second time: at once.
        killAll();
        process.exit(130);
      }
      if (process.stdout.isTTY) process.stdout.write('\nEnding …\n');
      lifetime.end(new Interrupted(signal));
    });
  }
  // A reader that closed its end of the pipe is no one to write for.
  process.stdout.on('error', () => lifetime.end(new Interrupted('SIGHUP')));
  process.stderr.on('error', () => lifetime.end(new Interrupted('SIGHUP')));
  endWithNpm(lifetime);
}

/** A signal to npm kills the shell between it and us, which passes nothing on: we are then nobody's child. */
function endWithNpm(lifetime: Lifetime): void {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) return;
  setInterval(() => {
    if (process.ppid !== parent) lifetime.end(new Interrupted('SIGTERM'));
  }, 500).unref();
}

/** Says on stderr what went wrong and answers the exit code. */
function report(error: unknown, once: boolean): number {
  if (error instanceof Interrupted) return once ? (error.by === 'SIGINT' ? 130 : 143) : 0;
  if (error instanceof CannotStartError) {
    const list = error.faults.map((fault) => `  - ${fault}`).join('\n');
    process.stderr.write(`xdr-relay cannot start:\n${list}\nnpm start -- --help shows the options.\n`);
    return 2;
  }
  const message = error instanceof Error ? error.message : String(error);
  const isRefusal = error instanceof HostStartError && ['EADDRINUSE', 'APP_REFUSED'].includes(error.code);
  process.stderr.write(`xdr-relay ${isRefusal ? 'cannot start' : 'had to end'}: ${message}\n`);
  return isRefusal ? 2 : 1;
}

const write = (text: string): Promise<number> => new Promise((resolve) => process.stdout.write(text, () => resolve(0)));

async function run(): Promise<void> {
  const words = process.argv.slice(2);
  const lifetime = createLifetime();
  listenForSignals(lifetime);
  let code: number;
  try {
    code = await main(words, lifetime);
  } catch (error) {
    code = report(error, words.includes('--once'));
  }
  process.exit(code);
}

void run();
