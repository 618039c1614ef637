import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { TableClient } from '@azure/data-tables';
import type { Azurite } from '../../local/azurite';
import { startAzurite } from '../../local/azurite';
import type { Cloud, CloudOptions } from '../../local/microsoft';
import { startCloud } from '../../local/microsoft';
import { watchStorage, watchText } from './leakWatch';

const root = join(__dirname, '..', '..');

export interface RelayHost {
  readonly url: string;
  readonly process: ChildProcess;
  /** Text of everything the host wrote to stderr. */
  log(): string;
  call(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
  stats(): Promise<{
    readonly activities: Readonly<Record<string, number>>;
    readonly longestReplayMs: number;
    readonly episodes: number;
  }>;
  kill(signal: 'SIGKILL' | 'SIGINT'): Promise<void>;
}

/** The real thing for tests: cloud, Azurite in memory and as many hosts of the built app as asked for, each a process of its own. */
export interface Relay {
  readonly cloud: Cloud;
  readonly azurite: Azurite;
  startHost(options?: {
    readonly execArgv?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  }): Promise<RelayHost>;
  register(host: RelayHost): Promise<void>;
  /** Fires the timer until every tenant has a complete pass begun at or after `since`. */
  syncAll(host: RelayHost, since: Date, withinMs: number): Promise<void>;
  /** Incident rows as they lie in the table, read without the product's code. */
  storedIncidents(): Promise<readonly StoredIncidentRow[]>;
  stop(): Promise<void>;
}

export interface StoredIncidentRow {
  readonly tenantId: string;
  readonly incidentId: string;
  readonly lastUpdateDateTime: string;
  readonly status: string;
  readonly alertsCount: number;
}

export const startRelay = async (options: CloudOptions): Promise<Relay> => {
  const folder = mkdtempSync(join(tmpdir(), 'xdr-relay-'));
  const [azurite, cloud] = await Promise.all([startAzurite(), startCloud(options)]);
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, cloud.caPem);
  const token = await cloud.issueToken({ tenantId: cloud.homeTenantId, roles: ['Relay.Admin'], name: 'test' });
  const hosts: RelayHost[] = [];
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    AzureWebJobsStorage: azurite.connectionString,
    TASK_HUB_NAME: 'RelayTest',
    KEY_VAULT_URL: cloud.vaultUrl,
    AZURE_CLIENT_ID: cloud.managedIdentityClientId,
    RELAY_TENANT_ID: cloud.homeTenantId,
    RELAY_CLIENT_ID: cloud.readerClientId,
    RELAY_API_CLIENT_ID: cloud.apiClientId,
    ENTRA_AUTHORITY_HOST: cloud.entraUrl,
    GRAPH_ENDPOINT: cloud.graphUrl,
    DEFENDER_ENDPOINT: cloud.defenderUrl,
    MDE_ENDPOINT: cloud.endpointUrl,
    IDENTITY_ENDPOINT: cloud.identityEndpoint,
    IDENTITY_HEADER: cloud.identityHeader,
    NODE_EXTRA_CA_CERTS: caFile,
    RELAY_ALLOW_PRIVATE_TARGETS: 'true',
  };
  return {
    cloud,
    azurite,
    startHost: async ({ execArgv = [], env: more = {} } = {}) => {
      const host = await forkHost([...execArgv], { ...env, ...more }, token);
      hosts.push(host);
      return host;
    },
    register: async (host) => {
      for (const { tenantId, displayName } of cloud.world.tenants) {
        const { status } = await host.call('PUT', `tenants/${tenantId}`, { name: displayName });
        if (status !== 200 && status !== 201) throw new Error(`PUT tenant answered ${status}`);
      }
    },
    syncAll: async (host, since, withinMs) => {
      const until = Date.now() + withinMs;
      while (!(await allComplete(host, cloud.world.tenants.length, since))) {
        if (Date.now() > until) throw new Error(`not all tenants were complete in time\n${host.log()}`);
        await host.call('POST', '/admin/functions/scheduledSync', {});
        await pause(250);
      }
    },
    storedIncidents: () => readIncidentRows(azurite.connectionString),
    stop: async () => {
      await Promise.all(hosts.map((host) => host.kill('SIGINT')));
      await cloud.stop();
      await watchStorage(azurite.connectionString);
      await azurite.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const forkHost = async (execArgv: string[], env: Record<string, string>, token: string): Promise<RelayHost> => {
  const args = ['--root', root, '--port', '0'];
  const child = fork(join(root, 'dist/local/host/main.js'), args, {
    env,
    execArgv,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const exited = once(child, 'exit');
  const message = (type: string): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const hear = (said: unknown): void => {
        const { type: kind, ...rest } = said as { type: string } & Record<string, unknown>;
        if (kind !== type && kind !== 'failed') return;
        child.off('message', hear);
        if (kind === 'failed') reject(new Error(JSON.stringify(rest)));
        else resolve(rest);
      };
      child.on('message', hear);
      void exited.then(() => reject(new Error(`the host ended\n${text}`)));
    });
  const { url } = (await message('ready')) as { url: string };
  return {
    url,
    process: child,
    log: () => text,
    call: async (method, path, body) => {
      const target = path.startsWith('/') ? `${url}${path}` : `${url}/api/${path}`;
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const answer = await fetch(target, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const said = await answer.text();
      watchText('answers', said);
      return { status: answer.status, body: said === '' ? undefined : (JSON.parse(said) as unknown) };
    },
    stats: async () => {
      const told = message('stats');
      child.send({ type: 'stats' });
      return (await told).stats as Awaited<ReturnType<RelayHost['stats']>>;
    },
    kill: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) {
        if (signal === 'SIGINT') {
          const told = message('history');
          child.send({ type: 'history' });
          watchText('history', String((await told).history));
        }
        child.kill(signal);
      }
      await exited;
      watchText('logs', text);
    },
  };
};

const allComplete = async (host: RelayHost, expected: number, since: Date): Promise<boolean> => {
  let complete = 0;
  let next: string | null = '';
  const wholeSecond = Math.floor(since.getTime() / 1000) * 1000;
  while (next !== null) {
    const { body } = await host.call(
      'GET',
      `tenants?limit=200${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`,
    );
    const page = body as {
      items: { sync: { readThrough: string | null; backlog: boolean } }[];
      continue: string | null;
    };
    complete += page.items.filter(
      ({ sync }) => sync.readThrough !== null && !sync.backlog && Date.parse(sync.readThrough) >= wholeSecond,
    ).length;
    next = page.continue;
  }
  return complete === expected;
};

/** Incident rows as they lie in the table, read without the product’s code. */
export const readIncidentRows = async (connectionString: string): Promise<readonly StoredIncidentRow[]> => {
  const table = TableClient.fromConnectionString(connectionString, 'incidents', { allowInsecureConnection: true });
  const rows: StoredIncidentRow[] = [];
  const select = ['partitionKey', 'rowKey', 'lastUpdateDateTime', 'status', 'alertsCount'];
  for await (const entity of table.listEntities({
    queryOptions: { filter: "RowKey ge 'i_' and RowKey lt 'i`'", select },
  }))
    rows.push({
      tenantId: entity.partitionKey ?? '',
      incidentId: (10n ** 20n - 1n - BigInt((entity.rowKey ?? '').slice(2))).toString(),
      lastUpdateDateTime: String(entity.lastUpdateDateTime),
      status: String(entity.status),
      alertsCount: Number(entity.alertsCount),
    });
  return rows;
};

/** Both sides of the comparison in one order. */
export const inOrder = <T extends { readonly tenantId: string; readonly incidentId: string }>(
  rows: readonly T[],
): readonly T[] =>
  [...rows].sort((a, b) => (`${a.tenantId} ${a.incidentId}` < `${b.tenantId} ${b.incidentId}` ? -1 : 1));
