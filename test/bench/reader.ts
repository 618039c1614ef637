import { TableClient } from '@azure/data-tables';
import { clouds } from '../../shared/clouds';
import { loadConfig } from '../../shared/config';
import type { RunCounts } from '../../shared/model/run';
import { addCounts, noCounts } from '../../shared/model/run';
import type { BaselineOptions } from './baseline';
import { readPlainly } from './baseline';
import { serveCalls } from './childCalls';
import { registered } from './registration';
import { createRelayReader } from './relayReader';
import type { StagedTenant } from './stage';

export interface Measured {
  readonly ms: number;
  /** Processor time of this process. */
  readonly cpuMs: number;
}

const config = loadConfig(process.env);
const relay = createRelayReader(config);

const measure = async <T extends object>(work: () => Promise<T>): Promise<T & Measured> => {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { ...result, ms: performance.now() - startedMs, cpuMs: (user + system) / 1000 };
};

const baselineTable = (): TableClient => {
  if (config.storage.kind !== 'connectionString') throw new Error('the bench runs on a connection string');
  const { connectionString } = config.storage;
  return TableClient.fromConnectionString(connectionString, 'baseline', { allowInsecureConnection: true });
};

const plainOptions = async ({ tenantId }: StagedTenant): Promise<Omit<BaselineOptions, 'upsert'>> => {
  const { send, tokens } = await relay;
  const scope = clouds[config.home.cloud].graphScope;
  return { tenantId, graphUrl: config.endpoints.graph, scope, send, tokens };
};

const calls = {
  /** Syncs the tenants one after another. @throws where one is not read to its end */
  relay: async (tenants: readonly StagedTenant[]): Promise<{ counts: RunCounts } & Measured> => {
    const reader = await relay;
    return measure(async () => {
      let counts = noCounts;
      for (const tenant of tenants) {
        const outcome = await reader.sync(registered(tenant));
        if (outcome.state !== 'complete') throw new Error(`${tenant.tenantId}: ${outcome.state} ${outcome.code ?? ''}`);
        counts = addCounts(counts, outcome.counts);
      }
      return { counts };
    });
  },
  baseline: async (tenant: StagedTenant): Promise<{ stored: number } & Measured> => {
    const table = baselineTable();
    await table.createTable();
    const options = await plainOptions(tenant);
    return measure(async () => ({
      stored: await readPlainly({ ...options, upsert: (row) => table.upsertEntity(row, 'Replace') }),
    }));
  },
  /** Reads all pages and stores nothing. */
  leafThrough: async (tenant: StagedTenant): Promise<number> =>
    readPlainly({ ...(await plainOptions(tenant)), upsert: () => Promise.resolve() }),
};

export type ReaderCalls = typeof calls;

// Who is measured: a process of its own, with the relay's settings as its environment.
serveCalls(calls);
