import { messageOf } from '../errors';
import type { Tenant } from '../model/tenant';
import { fromTicks } from '../model/time7';
import type { Log, Table } from '../ports';
import { consentLinks } from '../store/consentLinks';
import { purgeCoverage } from '../store/coverage';
import type { TenantRegistry } from '../store/tenants';
import { compactCoverage } from '../sync/coverage/compactCoverage';
import type { Limiter } from '../sync/limits/limiter';
import { shardRange } from '../sync/shards/planShards';
import type { Keep } from './keep';
import { cutoffMs, cutoffOf } from './keep';
import { purgeDeadLetters, purgeDeliveries } from './purgeDeliveries';
import { purgeFeed } from './purgeFeed';
import type { PurgeInboxDeps } from './purgeInbox';
import { purgeInbox } from './purgeInbox';
import type { PurgeIncidentsDeps } from './purgeIncidents';
import { purgeIncidents } from './purgeIncidents';
import { endForgottenJobs, purgeRecords, purgeRelayRuns } from './purgeRecords';

export interface PurgeDeps extends PurgeIncidentsDeps, Pick<PurgeInboxDeps, 'inbox' | 'received'> {
  readonly registry: Pick<TenantRegistry, 'pages'>;
  readonly index: Table;
  readonly runs: Table;
  readonly log: Log;
  readonly limiter: Limiter;
  readonly keep: Keep;
}

export interface PurgeShard {
  readonly shard: number;
  readonly shardCount: number;
}

/** Counters of one shard; it crosses Durable's history, so it stays below 200 bytes. */
export interface PurgeResult {
  readonly tenants: number;
  readonly failed: number;
  readonly incidents: number;
  readonly deliveries: number;
  /** Of ledger, runs and usage. */
  readonly records: number;
  /** Tenants of which more is left for the next day. */
  readonly unfinished: number;
}

/** No tenant begins after this: the next day has it. */
const startUntilMs = 4 * 60_000;

/** Every retention, for the tenants of the shard; also of those that are switched off. */
export const purgeShard = async (deps: PurgeDeps, { shard, shardCount }: PurgeShard): Promise<PurgeResult> => {
  const startedMs = deps.clock.elapsedMs();
  const { from, before } = shardRange(shard, shardCount);
  const purges: Promise<PurgeResult>[] = [];
  for await (const page of deps.registry.pages(from, before))
    for (const tenant of page) purges.push(deps.limiter.run(() => purgeTenant(deps, tenant, startedMs)));
  const result = (await Promise.all(purges)).reduce(add, nothing);
  deps.log.info('shard purged', { shard, shardCount, ...result });
  return result;
};

const nothing: PurgeResult = { tenants: 0, failed: 0, incidents: 0, deliveries: 0, records: 0, unfinished: 0 };

const add = (a: PurgeResult, b: PurgeResult): PurgeResult => ({
  tenants: a.tenants + b.tenants,
  failed: a.failed + b.failed,
  incidents: a.incidents + b.incidents,
  deliveries: a.deliveries + b.deliveries,
  records: a.records + b.records,
  unfinished: a.unfinished + b.unfinished,
});

const purgeTenant = async (deps: PurgeDeps, { tenantId }: Tenant, startedMs: number): Promise<PurgeResult> => {
  const { clock, keep, incidents: table } = deps;
  if (clock.elapsedMs() - startedMs > startUntilMs) return { ...nothing, unfinished: 1 };
  const nowMs = clock.now();
  try {
    const incidents = await purgeIncidents(deps, tenantId, cutoffOf(keep.incidentsDays, nowMs));
    const deliveries = await purgeDeliveries(table, tenantId, cutoffMs(keep.deliveriesDays, nowMs));
    const records = await purgeRecords(table, tenantId, cutoffMs(keep.coverageDays, nowMs));
    await endForgottenJobs(deps, tenantId, nowMs);
    const joined = await compactCoverage(table, tenantId, fromTicks(BigInt(nowMs) * 10_000n));
    const windows = await purgeCoverage(table, tenantId, cutoffOf(keep.coverageDays, nowMs));
    return {
      tenants: 1,
      failed: 0,
      incidents: incidents.rows,
      deliveries: deliveries.rows,
      records: records.rows + joined + windows,
      unfinished: Number(!incidents.whole || !deliveries.whole || !records.whole),
    };
  } catch (error) {
    deps.log.error('tenant not purged', { tenantId, reason: messageOf(error) });
    return { ...nothing, tenants: 1, failed: 1 };
  }
};

/** What belongs to no tenant: counters of the relay's runs, hints that point nowhere, consent links that ran out, webhooks. @returns rows deleted */
export const purgeShared = async (deps: PurgeDeps): Promise<{ rows: number }> => {
  const { index, incidents, runs, clock, keep } = deps;
  const nowMs = clock.now();
  const before = cutoffOf(keep.coverageDays, nowMs).slice(0, 10);
  const [relayRuns, feed, consent, received, dead] = await Promise.all([
    purgeRelayRuns(runs, before),
    purgeFeed(index, incidents, cutoffOf(keep.incidentsDays, nowMs)),
    consentLinks(index).purge(new Date(nowMs).toISOString()),
    purgeInbox(deps, new Date(cutoffMs(keep.inboxDays, nowMs)).toISOString()),
    purgeDeadLetters(index, incidents, cutoffMs(keep.deliveriesDays, nowMs)),
  ]);
  return { rows: relayRuns.rows + feed.rows + consent.rows + received.rows + dead.rows };
};
