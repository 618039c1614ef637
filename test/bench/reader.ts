import { TableClient } from '@azure/data-tables';
import { clouds } from '../../shared/clouds';
import { loadConfig } from '../../shared/config';
import type { RateLimits } from '../../shared/incidents/limits';
import { rateLimits } from '../../shared/incidents/limits';
import type { RunCounts } from '../../shared/model/run';
import { addCounts, noCounts } from '../../shared/model/run';
import type { BackEnd } from '../../shared/model/tenant';
import { readPlainly } from './baseline';
import { serveCalls } from './childCalls';
import { leafByGraphClient } from './graphClient';
import type { PageAccess } from './pages';
import { defenderPages, graphPages } from './pages';
import { registered } from './registration';
import type { RelayReader } from './relayReader';
import { createRelayReader } from './relayReader';
import type { StagedTenant } from './stage';

export interface Measured {
  readonly ms: number;
  /** Processor time of this process. */
  readonly cpuMs: number;
}

export interface Reading {
  readonly tenant: StagedTenant;
  readonly backend: BackEnd;
}

/** What a reader that stores nothing was shown. */
export interface Leafed extends Measured {
  readonly shown: number;
}

export interface Synced extends Measured {
  readonly counts: RunCounts;
  readonly runs: number;
}

export interface LargeReading extends Measured {
  readonly runs: number;
  readonly incidents: number;
  /** Most memory the process ever held. */
  readonly peakBytes: number;
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

const accessTo = async ({ tenant: { tenantId }, backend }: Reading): Promise<PageAccess> => {
  const { send, tokenFor } = await relay;
  const { graphScope, defenderScope } = clouds[config.home.cloud];
  const scope = backend === 'graph' ? graphScope : defenderScope;
  if (scope === null) throw new Error(`the home cloud has no ${backend}`);
  return { endpoint: config.endpoints[backend], token: () => tokenFor(tenantId, scope), send };
};

const distinct = async (pages: AsyncIterable<readonly Readonly<Record<string, unknown>>[]>): Promise<number> => {
  const shown = new Set<unknown>();
  for await (const page of pages) for (const { id, incidentId } of page) shown.add(incidentId ?? id);
  return shown.size;
};

/** What the rate limit of the tenant would add says nothing about memory. */
const noLimits: RateLimits = { perMinute: 1_000_000, perHour: 1_000_000 };

const mostRuns = 50;

/** In a run no more than 50 calls are made; the next one goes on at once, where the timer would wait for its next tick. */
const readToTheEnd = async (
  reader: RelayReader,
  { tenant, backend }: Reading,
  limits: RateLimits,
): Promise<{ counts: RunCounts; runs: number }> => {
  let counts = noCounts;
  for (let runs = 1; runs <= mostRuns; runs += 1) {
    const outcome = await reader.sync(registered(tenant, backend), limits);
    counts = addCounts(counts, outcome.counts);
    if (outcome.state === 'complete') return { counts, runs };
    if (outcome.state !== 'cut') throw new Error(`${tenant.tenantId}: ${outcome.state} ${outcome.code ?? ''}`);
  }
  throw new Error(`${tenant.tenantId} is not read to its end in ${mostRuns} runs`);
};

const calls = {
  /** Syncs the tenants one after another, each in as many runs as it takes. @throws where one is not read to its end */
  relay: async (readings: readonly Reading[]): Promise<Synced> => {
    const reader = await relay;
    return measure(async () => {
      let [counts, runs] = [noCounts, 0];
      for (const reading of readings) {
        const read = await readToTheEnd(reader, reading, rateLimits[reading.backend]);
        counts = addCounts(counts, read.counts);
        runs += read.runs;
      }
      return { counts, runs };
    });
  },
  /** The same of one large tenant, and what memory it took. */
  relayLarge: async (reading: Reading): Promise<LargeReading> => {
    const reader = await relay;
    const { counts, ...read } = await measure(() => readToTheEnd(reader, reading, noLimits));
    return { ...read, incidents: counts.new, peakBytes: process.resourceUsage().maxRSS * 1024 };
  },
  /** Stores a tenant's incidents page by page, row by row. */
  baseline: async (tenant: StagedTenant): Promise<{ stored: number } & Measured> => {
    const table = baselineTable();
    await table.createTable();
    const access = await accessTo({ tenant, backend: 'graph' });
    return measure(async () => ({
      stored: await readPlainly({
        ...access,
        tenantId: tenant.tenantId,
        upsert: (row) => table.upsertEntity(row, 'Replace'),
      }),
    }));
  },
  /** Leafs through all pages one after another, and stores nothing. */
  leafThrough: async ({ incidents, ...reading }: Reading & { readonly incidents: number }): Promise<Leafed> => {
    const access = await accessTo(reading);
    const pages = () => (reading.backend === 'graph' ? graphPages(access) : defenderPages(access, incidents));
    return measure(async () => ({ shown: await distinct(pages()) }));
  },
  /** The same by Microsoft's client, on Graph. */
  leafByGraphClient: async (tenant: StagedTenant): Promise<Leafed> => {
    const access = await accessTo({ tenant, backend: 'graph' });
    return measure(async () => ({ shown: await leafByGraphClient(access) }));
  },
};

export type ReaderCalls = typeof calls;

// Who is measured: a process of its own, with the relay's settings as its environment.
serveCalls(calls);
