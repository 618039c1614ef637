import type { OrchestrationContext, Task } from 'durable-functions';
import { app } from 'durable-functions';
import { all, call } from '../../shared/durable';
import type { NightCounts, NightSummary } from '../../shared/reconcile/closeNight';
import { addRound, noNightCounts, shardsLeft } from '../../shared/reconcile/closeNight';
import { stepUntilDone } from '../stepUntilDone';
import { closeNight, planNight, reconcileShard, stepReconcile } from './activities';

interface NightStart {
  readonly slot: string;
}

/** A night between two generations of its history. */
interface Night extends NightStart {
  readonly shardCount: number;
  /** Those with jobs left. */
  readonly shards: readonly number[];
  readonly round: number;
  readonly counts: NightCounts;
}

const roundsAGeneration = 10;
/** About five hours. */
const maxRounds = 300;
const betweenRoundsMs = 60_000;

/** The nightly deep read of all tenants, in rounds of one step each, until none has steps left. */
function* reconcileTenantsRun(context: OrchestrationContext): Generator<Task, NightSummary | undefined, unknown> {
  let night = yield* begun(context.df.getInput<NightStart | Night>());
  const { slot, shardCount } = night;
  for (let rounds = 0; rounds < roundsAGeneration && night.shards.length > 0 && night.round < maxRounds; rounds += 1) {
    const { shards, round, counts } = night;
    const isLast = round === maxRounds - 1;
    const steps = shards.map((shard) => reconcileShard({ slot, round, shard, shardCount, isLast }));
    const replies = yield* all(context, steps);
    night = { ...night, shards: shardsLeft(shards, replies), round: round + 1, counts: addRound(counts, replies) };
    if (night.shards.length === 0) break;
    yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + betweenRoundsMs));
  }
  if (night.shards.length > 0 && night.round < maxRounds) {
    context.df.continueAsNew(night);
    return undefined;
  }
  const summary = { slot, shards: shardCount, rounds: night.round, ...night.counts };
  yield* call(closeNight(summary));
  return summary;
}

function* begun(input: NightStart | Night): Generator<Task, Night, unknown> {
  if ('shards' in input) return input;
  const { slot } = input;
  const { shardCount } = yield* call(planNight({ slot }));
  const shards = Array.from({ length: shardCount }, (_, shard) => shard);
  return { slot, shardCount, shards, round: 0, counts: noNightCounts };
}

/** One range of one tenant, because someone asked. */
function* reconcileOneRun(context: OrchestrationContext): Generator<Task, undefined, unknown> {
  return yield* stepUntilDone(context, stepReconcile);
}

export const reconcileTenants = app.orchestration('reconcileTenants', reconcileTenantsRun);
export const reconcileOne = app.orchestration('reconcileOne', reconcileOneRun);
