import type { OrchestrationContext, Task } from 'durable-functions';
import { app } from 'durable-functions';
import { all, call } from '../../shared/durable';
import type { RunSummary } from '../../shared/sync/shards/closeRun';
import type { Turns } from '../../shared/sync/shards/schedule';
import { sumShards } from '../../shared/sync/shards/sumShards';
import { closeRun, planShards, syncShard, syncTenant } from './activities';

/** One scheduled run: how many shards, all of them side by side, the counters into the run's row. */
function* syncTenantsRun(context: OrchestrationContext): Generator<Task, RunSummary | undefined, unknown> {
  const { slot, since } = context.df.getInput<Turns>();
  const { shardCount } = yield* call(planShards({ slot, since }));
  if (shardCount === 0) return undefined;
  const shards = Array.from({ length: shardCount }, (_, shard) => syncShard({ slot, since, shard, shardCount }));
  const replies = yield* all(context, shards);
  const summary = sumShards(slot, replies);
  yield* call(closeRun(summary));
  return summary;
}

/** One tenant, because someone asked. */
function* syncOneRun(context: OrchestrationContext): Generator<Task, unknown, unknown> {
  const input = context.df.getInput<{ tenantId: string; runId: string }>();
  return yield* call(syncTenant(input));
}

export const syncTenants = app.orchestration('syncTenants', syncTenantsRun);
export const syncOne = app.orchestration('syncOne', syncOneRun);
