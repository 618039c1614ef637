import { randomBytes } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { answerGraph, createCloudState } from '../../local/microsoft';
import { clouds } from '../../shared/clouds';
import { loadConfig } from '../../shared/config';
import { rateLimits } from '../../shared/incidents/limits';
import type { Log, Send, Table } from '../../shared/ports';
import { dueIndex } from '../../shared/store/due';
import { incidentFeed } from '../../shared/store/feed';
import { tenantRegistry } from '../../shared/store/tenants';
import { createLimiter } from '../../shared/sync/limits/limiter';
import { planShards } from '../../shared/sync/shards/planShards';
import { slotOf } from '../../shared/sync/shards/schedule';
import type { ShardResult } from '../../shared/sync/shards/syncShard';
import { syncShard } from '../../shared/sync/shards/syncShard';
import { syncTenant } from '../../shared/sync/run/syncTenant';
import { memoryBlobs } from '../support/inProcessRelay';
import { memoryTable } from '../support/memoryTable';
import { serveCalls } from './childCalls';
import { registered } from './registration';
import { clock, relayDeps, relayTokens, tokenFor } from './relayReader';
import type { StagedTenant } from './stage';
import { apiDelayMs } from './stage';

/** What Defender shows of each tenant in a turn. */
export type Shown = 'nothing' | 'one new incident each';

export interface Turn {
  readonly ms: number;
  readonly cpuMs: number;
  readonly longestStallMs: number;
  /** Most memory the process ever held. */
  readonly peakBytes: number;
  readonly shards: number;
  readonly largestResultBytes: number;
  readonly complete: number;
  readonly calls: number;
  /** Operations that changed the tables, and how many of those were on a tenant's state row. */
  readonly writes: number;
  readonly stateWrites: number;
  readonly logLines: number;
}

const config = loadConfig(process.env);
const resolutionMs = 2;

interface Counts {
  writes: number;
  stateWrites: number;
  logLines: number;
}
const counts: Counts = { writes: 0, stateWrites: 0, logLines: 0 };

const counted = (table: Table): Table => ({
  ...table,
  write: (operation) => {
    counts.writes += 1;
    const rowKey = operation.kind === 'delete' ? operation.rowKey : operation.row.rowKey;
    if (rowKey === 'state') counts.stateWrites += 1;
    return table.write(operation);
  },
  writeBatch: (operations) => {
    counts.writes += operations.length;
    counts.stateWrites += operations.filter((each) => each.kind !== 'delete' && each.row.rowKey === 'state').length;
    return table.writeBatch(operations);
  },
});

const countLine = (): void => void (counts.logLines += 1);
const log: Log = { info: countLine, warn: countLine, error: countLine };

let answerOf: (tenantId: string) => string = () => nothing;
const nothing =
  '{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#security/incidents(alerts())","value":[]}';

/** Graph as a timer: the answer is there, and comes late. Whose it is the token says, as it does to Graph. */
const send: Send = async ({ headers }) => {
  await pause(apiDelayMs);
  const tenantId = tenantOf.get(headers.authorization ?? '') ?? '';
  return { status: 200, headers: answerHeaders(), body: answerOf(tenantId) };
};
const answerHeaders = () => ({ 'content-type': 'application/json', date: new Date().toUTCString() });
const tenantOf = new Map<string, string>();

const tables = { tenants: memoryTable(), incidents: memoryTable(), index: memoryTable() };
const registry = tenantRegistry(tables.tenants);
const due = dueIndex(counted(tables.index));
const tokens = relayTokens(config);
const scope = clouds[config.home.cloud].graphScope;
const { intervalSeconds, tenantsPerActivity, tenantConcurrency } = config.sync;
const syncDeps = {
  ...relayDeps(config, send, tokens),
  incidents: counted(tables.incidents),
  bodies: memoryBlobs(),
  feed: incidentFeed(counted(tables.index)),
  limitsFor: () => rateLimits.graph,
};
const shardDeps = {
  ...{ registry, due, clock, log, intervalSeconds },
  randomId: () => randomBytes(12).toString('hex'),
  limiter: createLimiter(tenantConcurrency),
  syncTenant: syncTenant.bind(undefined, syncDeps),
};

/** A typical incident of the simulated cloud, to be shown by any tenant as if it had just changed. */
const typicalIncident = async (): Promise<(tenantId: string) => string> => {
  const cloud = await createCloudState({ seed: 1, tenants: 1, incidentsPerTenant: 50 });
  const own = cloud.world.tenants[0]?.tenantId ?? '';
  const request = { method: 'GET', url: '/v1.0/security/incidents?$expand=alerts&$top=50', headers: {}, body: '' };
  const { value } = JSON.parse(answerGraph(cloud, request, own).body) as {
    value: { lastUpdateDateTime: string }[];
  };
  const bySize = value.map((incident) => JSON.stringify(incident)).sort((a, b) => a.length - b.length);
  const text = bySize[Math.floor(bySize.length / 2)] ?? '';
  const { lastUpdateDateTime } = JSON.parse(text) as { lastUpdateDateTime: string };
  const now = new Date().toISOString();
  const [before, ...after] = text.replaceAll(lastUpdateDateTime, now).split(own);
  return (tenantId) => `{"value":[${[before, ...after].join(tenantId)}]}`;
};

const turn = async (): Promise<Turn> => {
  Object.assign(counts, { writes: 0, stateWrites: 0, logLines: 0 });
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const nowMs = Date.now();
  // As long as the interval, so that it is every tenant's turn.
  const turns = { slot: slotOf(nowMs), since: slotOf(nowMs - intervalSeconds * 1000) };
  const { shardCount } = await planShards({ registry, due, clock, intervalSeconds, tenantsPerActivity }, turns);
  const shard = (at: number): Promise<ShardResult> => syncShard(shardDeps, { ...turns, shard: at, shardCount });
  const results = await Promise.all(Array.from({ length: shardCount }, (_, at) => shard(at)));
  const ms = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(before);
  histogram.disable();
  const sum = (of: (result: ShardResult) => number): number => results.reduce((total, each) => total + of(each), 0);
  return {
    ...counts,
    ms,
    cpuMs: (user + system) / 1000,
    longestStallMs: Math.max(0, histogram.max / 1e6 - resolutionMs),
    peakBytes: process.resourceUsage().maxRSS * 1024,
    shards: shardCount,
    largestResultBytes: Math.max(...results.map((result) => JSON.stringify(result).length)),
    complete: sum(({ complete }) => complete),
    calls: sum(({ calls }) => calls),
  };
};

const askedPerRound = 200_000;

const calls = {
  /** Registers the tenants, gets a token for each and reads each once. */
  prepare: async (tenants: readonly StagedTenant[]): Promise<void> => {
    for (const tenant of tenants) await registry.put(registered(tenant));
    const limiter = createLimiter(tenantConcurrency);
    const getToken = async ({ tenantId }: StagedTenant): Promise<void> => {
      tenantOf.set(`Bearer ${await tokenFor(tokens, tenantId, scope)}`, tenantId);
    };
    await Promise.all(tenants.map((tenant) => limiter.run(() => getToken(tenant))));
    await turn();
  },
  turn: async (shown: Shown): Promise<Turn> => {
    const incidentOf = await typicalIncident();
    answerOf = shown === 'nothing' ? () => nothing : incidentOf;
    return turn();
  },
  /** Microseconds that a token in memory costs, asked for in turn for each of these tenants. */
  tokenMicroseconds: async (tenants: readonly StagedTenant[]): Promise<number> => {
    const startedMs = performance.now();
    for (let asked = 0; asked < askedPerRound; asked += 1)
      await tokenFor(tokens, tenants[asked % tenants.length]?.tenantId ?? '', scope);
    return ((performance.now() - startedMs) * 1000) / askedPerRound;
  },
};

export type TurnCalls = typeof calls;

// All tenants of a process, without a Functions host, an orchestration or a service of storage: what the reading itself costs.
serveCalls(calls);
