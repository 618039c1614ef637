import { messageOf } from '../../errors';
import type { RunCounts } from '../../model/run';
import { addCounts, noCounts } from '../../model/run';
import { newRunId } from '../../model/runId';
import type { Tenant } from '../../model/tenant';
import type { Clock, Log, RandomId } from '../../ports';
import type { DueIndex, DueTenant } from '../../store/due';
import { dueRowKey } from '../../store/keys';
import type { TenantRegistry } from '../../store/tenants';
import type { Limiter } from '../limits/limiter';
import { shardRange } from './planShards';
import type { Turns } from './schedule';
import { hasTurn } from './schedule';
import type { RunRequest, TenantOutcome } from '../run/tenantRun';

export interface ShardDeps {
  readonly registry: TenantRegistry;
  readonly due: DueIndex;
  readonly clock: Clock;
  readonly randomId: RandomId;
  readonly log: Log;
  readonly intervalSeconds: number;
  readonly limiter: Limiter;
  readonly syncTenant: (tenant: Tenant, request: RunRequest) => Promise<TenantOutcome>;
}

export interface ShardInput extends Turns {
  readonly shard: number;
  readonly shardCount: number;
}

/** Counters of one shard; it crosses Durable's history, so it stays below 200 bytes. */
export interface ShardResult {
  readonly tenants: number;
  readonly complete: number;
  readonly failed: number;
  readonly new: number;
  readonly changed: number;
  readonly calls: number;
  readonly writes: number;
}

/** No tenant begins after this: the rest keeps its due row and its turn is made up for by the next run. */
const startUntilMs = 4 * 60_000;

/** Reads every tenant of the shard that is due. A tenant's trouble never leaves it: the others go on. */
export const syncShard = async (deps: ShardDeps, input: ShardInput): Promise<ShardResult> => {
  const startedMs = deps.clock.elapsedMs();
  const { from, before } = shardRange(input.shard, input.shardCount);
  const due = await deps.due.upTo(deps.clock.now(), from, before);
  const asked = new Set(due.map(({ tenantId }) => tenantId));
  const outcomes: Promise<TenantOutcome | undefined>[] = [];
  // Deleted and disabled tenants keep nothing due.
  const gone = new Set(asked);
  for await (const page of deps.registry.pages(from, before))
    for (const tenant of page) {
      if (!tenant.enabled) continue;
      gone.delete(tenant.tenantId);
      if (!asked.has(tenant.tenantId) && !hasTurn(tenant, input, deps.intervalSeconds)) continue;
      const own = due.filter(({ tenantId }) => tenantId === tenant.tenantId);
      outcomes.push(deps.limiter.run(() => syncOne(deps, tenant, own, startedMs)));
    }
  await deps.due.done(due.filter(({ tenantId }) => gone.has(tenantId)));
  return report(deps, input, startedMs, await Promise.all(outcomes));
};

const syncOne = async (
  deps: ShardDeps,
  tenant: Tenant,
  own: readonly DueTenant[],
  startedMs: number,
): Promise<TenantOutcome | undefined> => {
  const { tenantId } = tenant;
  try {
    if (deps.clock.elapsedMs() - startedMs > startUntilMs) {
      await deps.due.add(tenantId, deps.clock.now());
      return undefined;
    }
    const runId = newRunId(deps.clock.now(), deps.randomId());
    const result = await deps.syncTenant(tenant, { runId, requested: false });
    // First the next try, then the row that led here: a crash in between costs one reading more, never one less.
    const nextKey = result.againAtMs === undefined ? undefined : dueRowKey(result.againAtMs, tenantId);
    if (result.againAtMs !== undefined) await deps.due.add(tenantId, result.againAtMs);
    await deps.due.done(own.filter(({ rowKey }) => rowKey !== nextKey));
    if (result.state === 'failed') deps.log.warn('tenant not read', { tenantId, runId, code: result.code });
    return result;
  } catch (error) {
    deps.log.error('tenant run broke off', { tenantId, reason: messageOf(error) });
    return undefined;
  }
};

const report = (
  { log, clock }: ShardDeps,
  { slot, shard }: ShardInput,
  startedMs: number,
  outcomes: readonly (TenantOutcome | undefined)[],
): ShardResult => {
  const counts = outcomes.reduce<RunCounts>((sum, outcome) => addCounts(sum, outcome?.counts ?? noCounts), noCounts);
  const result: ShardResult = {
    tenants: outcomes.length,
    complete: outcomes.filter((outcome) => outcome?.state === 'complete').length,
    failed: outcomes.filter((outcome) => outcome === undefined || outcome.state === 'failed').length,
    new: counts.new,
    changed: counts.changed,
    calls: counts.calls,
    writes: counts.incidentWrites,
  };
  const seconds = Math.round((clock.elapsedMs() - startedMs) / 100) / 10;
  log.info('shard read', { slot, shard, seconds, ...result });
  return result;
};
