import { fork } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { TableClient } from '@azure/data-tables';
import type { HostStats } from '../../local/host';
import { ended, endingInWords, interrupt, track } from '../../local/childProcess';
import type { Stage } from './stage';
import type { StallReport } from './stallMonitor';

/** dist/test/bench lies three floors below the app's package.json. */
const appRoot = resolve(__dirname, '..', '..', '..');
const runWithinMs = 120_000;

export interface ScheduledRun {
  /** From the timer to the last activity. */
  readonly ms: number;
  readonly tenants: number;
  readonly complete: number;
  readonly shards: number;
  readonly calls: number;
  /** Incident rows. */
  readonly writes: number;
  readonly activities: Readonly<Record<string, number>>;
  readonly longestStallMs: number;
}

export interface MeasuredHost {
  readonly pid: number;
  /** Fires the timer and waits for the end of its orchestration. @throws where it does not end in two minutes */
  runSchedule(): Promise<ScheduledRun>;
  /** What the Durable engine did since the host started. */
  stats(): Promise<HostStats>;
  stop(): Promise<void>;
}

/** The real Functions host with the built app, watched from outside and from a monitor of its event loop inside. */
export const startMeasuredHost = async (
  stage: Stage,
  settings: Readonly<Record<string, string>> = {},
  execArgv: readonly string[] = [],
): Promise<MeasuredHost> => {
  const child = fork(join(__dirname, '..', '..', 'local', 'host', 'main.js'), ['--root', appRoot, '--port', '0'], {
    execArgv: [...execArgv, '--require', join(__dirname, 'stallMonitor.js')],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH,
      LOCAL_HOST_LOG_LEVEL: 'Warning',
      // By itself the timer stays still: the bench fires it.
      SYNC_SCHEDULE: '0 0 0 1 1 *',
      ...stage.settings,
      ...settings,
    },
  });
  track(child);
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaints = `${complaints}${chunk.toString()}`.slice(-4_000)));
  const gone = ended(child).then((ending): never => {
    throw new Error(`the host ended (${endingInWords(ending)})\n${complaints}`);
  });
  gone.catch(() => undefined);
  const hear = <T>(type: string): Promise<T> => {
    const heard = new Promise<T>((resolve) => {
      const listen = (message: unknown): void => {
        if ((message as { readonly type: string }).type !== type) return;
        child.off('message', listen);
        resolve(message as T);
      };
      child.on('message', listen);
    });
    return Promise.race([heard, gone]);
  };
  const ask = <T>(type: string): Promise<T> => {
    const answer = hear<T>(type);
    child.send({ type });
    return answer;
  };
  const stats = async (): Promise<HostStats> => (await ask<{ readonly stats: HostStats }>('stats')).stats;
  const { url } = await hear<{ readonly url: string }>('ready');
  return {
    pid: child.pid ?? 0,
    stats,
    stop: () => interrupt(child, 5_000),
    runSchedule: async () => {
      const before = await stats();
      await ask<StallReport>('stall');
      const startedAt = new Date();
      const startedMs = performance.now();
      await fireTimer(url);
      while (timesOf(await stats(), 'closeRun') === timesOf(before, 'closeRun')) {
        if (performance.now() - startedMs > runWithinMs) throw new Error(`the run does not end\n${complaints}`);
        await pause(20);
      }
      const ms = performance.now() - startedMs;
      const { longestMs } = await ask<StallReport>('stall');
      const row = await runRow(stage.directStorage, startedAt);
      const after = await stats();
      const activities = Object.fromEntries(
        Object.keys(after.activities).map((name) => [name, timesOf(after, name) - timesOf(before, name)]),
      );
      return { ...row, ms, activities, longestStallMs: longestMs };
    },
  };
};

const timesOf = ({ activities }: HostStats, name: string): number => activities[name] ?? 0;

const fireTimer = async (url: string): Promise<void> => {
  const headers = { 'content-type': 'application/json' };
  const { status } = await fetch(`${url}/admin/functions/scheduledSync`, { method: 'POST', headers, body: '{}' });
  if (status !== 202) throw new Error(`the timer could not be fired: ${status}`);
};

/** The row that closeRun wrote after `since`; two runs of one minute share a row. */
const runRow = async (connectionString: string, since: Date) => {
  const table = TableClient.fromConnectionString(connectionString, 'runs', { allowInsecureConnection: true });
  for (let attempt = 0; attempt < 100; attempt += 1) {
    for await (const row of table.listEntities()) {
      if (Date.parse(row.timestamp ?? '') < since.getTime()) continue;
      const count = (name: string): number => Number(row[name]);
      return {
        ...{ tenants: count('tenants'), complete: count('complete'), shards: count('shards') },
        ...{ calls: count('calls'), writes: count('writes') },
      };
    }
    await pause(20);
  }
  throw new Error('the run left no row');
};
