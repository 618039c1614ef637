import { parseArgs } from 'node:util';
import { startHost } from '../host/index';

/**
 * `node coldStartProbe.js --root DIR`: hosts the app in DIR, asks /api/health once and prints
 * `{ms, functions}`: milliseconds from the moment the app begins to load to the answer. Node and the host are up before.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { root: { type: 'string', default: '.' } } });
  const began = performance.now();
  const host = await startHost({ appRoot: values.root, port: 0 });
  const answer = await fetch(`${host.url}/api/health`);
  await answer.arrayBuffer();
  const ms = performance.now() - began;
  if (!answer.ok) throw new Error(`/api/health answered ${answer.status}.`);
  process.stdout.write(`${JSON.stringify({ ms, functions: host.functions })}\n`);
  await host.stop();
  process.exit(0);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
