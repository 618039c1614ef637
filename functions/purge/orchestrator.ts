import type { OrchestrationContext, Task } from 'durable-functions';
import { app } from 'durable-functions';
import { all, call } from '../../shared/durable';
import { planPurge, purgeShard, purgeShared } from './activities';

interface PurgeSummary {
  readonly shards: number;
  /** Shards that ended without counters. */
  readonly lost: number;
}

/** Every retention, once a day: what belongs to no tenant, then all shards of tenants. */
function* purgeTenantsRun(context: OrchestrationContext): Generator<Task, PurgeSummary, unknown> {
  const input = context.df.getInput<{ slot: string }>();
  yield* call(purgeShared(input));
  const { shardCount } = yield* call(planPurge(input));
  if (shardCount === 0) return { shards: 0, lost: 0 };
  const shards = Array.from({ length: shardCount }, (_, shard) => purgeShard({ shard, shardCount }));
  const replies = yield* all(context, shards);
  return { shards: shardCount, lost: replies.filter(({ ok }) => !ok).length };
}

export const purgeTenants = app.orchestration('purgeTenants', purgeTenantsRun);
