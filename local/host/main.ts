import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readHostJson } from './hostJson';
import { startHost, type Host, type HostLogEntry } from './index';
import { formatEntry, passesLevel, toLogLevel } from './log';
import { describeThrown } from './thrown';

/** Exit code for a start that cannot work: a taken port, a refused app, wrong arguments. */
const cannotStart = 2;

/**
 * `node local/host/main.js --root DIR --port N`: hosts the app in DIR with this process's environment as its settings.
 * With an IPC channel it reports `{type: 'ready'|'failed'}` and answers `{type: 'stats'}` and
 * `{type: 'history'}` (all that Durable keeps, inputs and results included); without one it prints `ready <url>`. SIGINT, SIGTERM and a parent that goes away stop it.
 */
async function main(): Promise<void> {
  const { root, port } = readArguments();
  const host = await startHost({ appRoot: root, port, log: createLineWriter(root) });
  const stop = createStop(host);
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
  process.on('message', (message) => {
    if (isAbout(message, 'stats')) process.send?.({ type: 'stats', stats: host.stats() });
    if (isAbout(message, 'history')) process.send?.({ type: 'history', history: host.history() });
  });
  if (process.send) process.send({ type: 'ready', url: host.url, functions: host.functions });
  else process.stdout.write(`ready ${host.url}\n`);
}

function readArguments(): { root: string; port: number } {
  const { values } = parseArgs({
    options: { root: { type: 'string', default: '.' }, port: { type: 'string', default: '7071' } },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) throw new Error(`--port ${values.port} is no port.`);
  return { root: resolve(values.root), port };
}

/** Lines go to stderr, by the levels of host.json; LOCAL_HOST_LOG_LEVEL overrules them. */
function createLineWriter(root: string): (entry: HostLogEntry) => void {
  const { logLevels } = readHostJson(root, process.env).hostJson;
  const override = toLogLevel(process.env.LOCAL_HOST_LOG_LEVEL ?? '');
  return (entry) => {
    if (passesLevel(entry, logLevels, override)) process.stderr.write(`${formatEntry(entry)}\n`);
  };
}

function createStop(host: Host): () => void {
  return () => {
    void host.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
}

function isAbout(message: unknown, type: string): boolean {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === type;
}

function reportFailure(error: unknown): void {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'FAILED';
  const { message } = describeThrown(error);
  const text = code === 'EADDRINUSE' ? `The port is taken: ${message}` : message;
  process.stderr.write(`${text}\n`);
  process.exitCode = cannotStart;
  if (!process.send) process.exit();
  process.send({ type: 'failed', code, message: text }, () => process.exit());
}

main().catch(reportFailure);
