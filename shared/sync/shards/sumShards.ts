import type { ActivityReply } from '../../durable';
import type { RunSummary } from './closeRun';
import type { Slot } from './schedule';
import type { ShardResult } from './syncShard';

const counters = ['tenants', 'complete', 'failed', 'new', 'changed', 'calls', 'writes'] as const;

/** Pure, because an orchestrator is replayed. */
export const sumShards = (slot: Slot, replies: readonly ActivityReply<ShardResult>[]): RunSummary => {
  const results = replies.flatMap((reply) => (reply.ok ? [reply.result] : []));
  const sums = counters.map((name) => [name, results.reduce((sum, result) => sum + result[name], 0)] as const);
  return {
    slot,
    shards: replies.length,
    lost: replies.length - results.length,
    ...(Object.fromEntries(sums) as unknown as ShardResult),
  };
};
