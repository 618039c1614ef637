import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { TableClient } from '@azure/data-tables';
import { build } from 'esbuild';
import { startAzurite } from '../../../local/azurite';
import { ended, track } from '../../../local/childProcess';
import type { Cloud } from '../../../local/microsoft';
import { startCloud } from '../../../local/microsoft';
import { openStorage } from '../../../shared/store/openStorage';
import { tenantRegistry } from '../../../shared/store/tenants';
import { plainTenant } from '../../support/plainTenant';
import { randomSource } from '../../support/randomSource';
import { readIncidentRows } from '../../support/relay';

const tenants = 420;
const incidentsAtFirst = 24;
const incidentsInAll = 25_500;
const workersAtOnce = 4;
/** Milliseconds between two kills, at least and at most. */
const between = [300, 600] as const;
/** A lease of a killed run lasts two minutes; then the one that is left must be done soon. */
const longestQuietMs = 6 * 60_000;

interface Worker {
  readonly child: ChildProcess;
  isUp: boolean;
}

/**
 * Real processes: the app's services without the host, over Azurite and the simulated cloud's TLS, killed all the time while incidents
 * come in and change. A whole host takes longer to start than these workers live.
 * @returns whether nothing was lost or doubled
 */
export const runKills = async (kills: number): Promise<boolean> => {
  const began = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'xdr-relay-kills-'));
  const say = (what: string): void =>
    void process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0)} s  ${what}\n`);
  const [azurite, cloud, entry] = await Promise.all([
    startAzurite(),
    startCloud({ seed: 11, tenants, incidentsPerTenant: incidentsAtFirst, withoutEvidence: true }),
    bundleWorker(folder),
  ]);
  const workers: Worker[] = [];
  try {
    const env = environment(cloud, azurite.connectionString, folder);
    const storage = openStorage({ kind: 'connectionString', connectionString: azurite.connectionString });
    await storage.prepare();
    const registry = tenantRegistry(storage.tenants);
    await Promise.all(cloud.world.tenants.map(({ tenantId }) => registry.put(plainTenant(tenantId))));
    say(`${tenants} tenants of ${incidentsAtFirst} incidents are registered`);

    const start = (): void => {
      const child = fork(entry, { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] });
      track(child);
      const worker: Worker = { child, isUp: false };
      child.on('message', (what) => {
        if (what === 'up') worker.isUp = true;
      });
      child.stderr?.on('data', (text: Buffer) => void process.stderr.write(text));
      workers.push(worker);
    };
    for (let count = 0; count < workersAtOnce; count += 1) start();

    const random = randomSource(17);
    const world = liven(cloud, random);
    let killed = 0;
    while (killed < kills) {
      await pause(between[0] + random.below(between[1] - between[0]));
      world.goOn((killed + 1) / kills);
      const at = workers.findIndex(({ isUp }) => isUp);
      const victim = workers[at];
      if (victim === undefined) {
        if (workers.every(({ child }) => child.exitCode !== null)) throw new Error('no worker comes up');
        continue;
      }
      workers.splice(at, 1);
      victim.child.kill('SIGKILL');
      killed += 1;
      start();
      if (killed % 50 === 0) say(`${killed} killed, ${world.incidents()} incidents shown`);
    }
    world.goOn(1);
    for (const { child } of workers.splice(0)) {
      child.kill('SIGKILL');
      killed += 1;
      await ended(child);
    }
    const killSeconds = (performance.now() - began) / 1000;
    say('the last one may live');
    const quietFrom = performance.now();
    start();
    let found = await judge(cloud, azurite.connectionString);
    while (found.missing.length > 0 && performance.now() - quietFrom < longestQuietMs) {
      await pause(5_000);
      found = await judge(cloud, azurite.connectionString);
      say(`${found.missing.length} of ${found.shown} are missing`);
    }
    const { missing, doubled, shown } = found;
    const isClean = missing.length === 0 && doubled.length === 0;
    const zero = (count: number): string =>
      count === 0 ? `0 of ${shown} (≤ ${(3 / shown).toExponential(1)} at 95 %)` : `${count} of ${shown}`;
    process.stdout.write(
      [
        `Kill runs (layer 2): ${killed} workers killed by SIGKILL in ${killSeconds.toFixed(0)} s, ${workersAtOnce} at once, Azurite never; ${availableParallelism()} processors, node ${process.version}`,
        `  workers are the app's services without the host (real storage client, TLS, tokens): a host takes longer to start than they live`,
        `  incidents lost or stale    ${zero(missing.length)}, ${world.changes()} changes`,
        `  rows or counts doubled     ${zero(doubled.length)}`,
        `  quiet after                ${((performance.now() - quietFrom) / 1000).toFixed(0)} s (a killed run's lease lasts 120 s)`,
        ...[...missing, ...doubled].slice(0, 10).map((what) => `    ${what}`),
        '',
      ].join('\n'),
    );
    return isClean;
  } finally {
    for (const { child } of workers) child.kill('SIGKILL');
    await cloud.stop();
    await azurite.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

const bundleWorker = async (folder: string): Promise<string> => {
  const outfile = join(folder, 'worker.cjs');
  await build({
    entryPoints: [join(__dirname, 'worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
    // Some packages look for their files beside their own module.
    banner: { js: "const ownUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': 'ownUrl' },
    alias: { '@azure/functions': join(__dirname, 'noHost.ts') },
  });
  return outfile;
};

const environment = (cloud: Cloud, storage: string, folder: string): Record<string, string> => {
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, cloud.caPem);
  return {
    PATH: process.env.PATH ?? '',
    AzureWebJobsStorage: storage,
    TASK_HUB_NAME: 'RelayKills',
    KEY_VAULT_URL: cloud.vaultUrl,
    AZURE_CLIENT_ID: cloud.managedIdentityClientId,
    RELAY_TENANT_ID: cloud.homeTenantId,
    RELAY_CLIENT_ID: cloud.readerClientId,
    RELAY_API_CLIENT_ID: cloud.apiClientId,
    ENTRA_AUTHORITY_HOST: cloud.entraUrl,
    GRAPH_ENDPOINT: cloud.graphUrl,
    IDENTITY_ENDPOINT: cloud.identityEndpoint,
    IDENTITY_HEADER: cloud.identityHeader,
    NODE_EXTRA_CA_CERTS: caFile,
    RELAY_ALLOW_PRIVATE_TARGETS: 'true',
    SYNC_OVERLAP_MINUTES: '5',
  };
};

/** Incidents come in evenly while the killing goes on, and every third change is one of an incident that is there. */
const liven = (cloud: Cloud, random: ReturnType<typeof randomSource>) => {
  const { world } = cloud;
  let incidents = tenants * incidentsAtFirst;
  let changes = 0;
  const change = (): void => {
    const tenant = world.tenants[random.below(world.tenants.length)];
    if (tenant === undefined) return;
    const { tenantId } = tenant;
    changes += 1;
    if (random.next() < 2 / 3) {
      world.apply({ kind: 'create', tenantId, seed: random.below(2 ** 31) });
      incidents += 1;
      return;
    }
    const { byCreation } = world.incidentsOf(tenant);
    const incident = byCreation[random.below(byCreation.length)];
    if (incident === undefined || incident.status === 'redirected') return;
    world.apply({
      kind: 'update',
      tenantId,
      incidentId: incident.id,
      comment: 'Looking into it.',
      addAlerts: random.below(2),
    });
  };
  return {
    goOn: (share: number): void => {
      const wanted = tenants * incidentsAtFirst + share * (incidentsInAll - tenants * incidentsAtFirst);
      while (incidents < wanted) change();
    },
    incidents: () => incidents,
    changes: () => changes,
  };
};

interface Judgement {
  readonly shown: number;
  readonly missing: readonly string[];
  readonly doubled: readonly string[];
}

/** Rows as they lie in the table against what Defender shows, and each tenant's own count against its rows. */
const judge = async (cloud: Cloud, connectionString: string): Promise<Judgement> => {
  const rows = await readIncidentRows(connectionString);
  const counts = await countsOf(connectionString);
  const truth = cloud.world.truth();
  const held = new Map<string, string>();
  const doubled: string[] = [];
  const perTenant = new Map<string, number>();
  for (const { tenantId, incidentId, lastUpdateDateTime, status, alertsCount } of rows) {
    const key = `${tenantId} ${incidentId}`;
    if (held.has(key)) doubled.push(`${key} is stored twice`);
    held.set(key, `${lastUpdateDateTime} ${status} ${alertsCount}`);
    perTenant.set(tenantId, (perTenant.get(tenantId) ?? 0) + 1);
  }
  const missing = truth.flatMap(({ tenantId, incidentId, lastUpdateDateTime, status, alertsCount }) => {
    const key = `${tenantId} ${incidentId}`;
    const shown = `${lastUpdateDateTime} ${status} ${alertsCount}`;
    return held.get(key) === shown ? [] : [`${key}: shown ${shown}, stored ${held.get(key) ?? 'never'}`];
  });
  const known = new Set(truth.map(({ tenantId, incidentId }) => `${tenantId} ${incidentId}`));
  for (const key of held.keys()) if (!known.has(key)) doubled.push(`${key} was never shown`);
  for (const [tenantId, stored] of counts)
    if (stored !== (perTenant.get(tenantId) ?? 0))
      doubled.push(`${tenantId} counts ${stored} incidents and holds ${perTenant.get(tenantId) ?? 0}`);
  return { shown: truth.length, missing, doubled };
};

const countsOf = async (connectionString: string): Promise<ReadonlyMap<string, number>> => {
  const table = TableClient.fromConnectionString(connectionString, 'incidents', { allowInsecureConnection: true });
  const counts = new Map<string, number>();
  const queryOptions = { filter: "RowKey eq 'state'", select: ['partitionKey', 'stored'] };
  for await (const row of table.listEntities({ queryOptions })) counts.set(row.partitionKey ?? '', Number(row.stored));
  return counts;
};
