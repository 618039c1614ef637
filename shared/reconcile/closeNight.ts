import type { ActivityReply } from '../durable';
import type { Table } from '../ports';
import type { NightResult } from './reconcileShard';

/** What a night came to; the counters of all its rounds. */
export interface NightSummary {
  /** ISO 8601 UTC: when it began. */
  readonly slot: string;
  readonly shards: number;
  readonly rounds: number;
  readonly ended: number;
  readonly failed: number;
  readonly foundLate: number;
  readonly calls: number;
}

export type NightCounts = Pick<NightSummary, 'ended' | 'failed' | 'foundLate' | 'calls'>;

export const noNightCounts: NightCounts = { ended: 0, failed: 0, foundLate: 0, calls: 0 };

/** Pure, because an orchestrator is replayed. */
export const addRound = (before: NightCounts, replies: readonly ActivityReply<NightResult>[]): NightCounts =>
  replies.reduce<NightCounts>((sum, reply) => (reply.ok ? add(sum, reply.result) : sum), before);

const add = (a: NightCounts, b: NightCounts): NightCounts => ({
  ended: a.ended + b.ended,
  failed: a.failed + b.failed,
  foundLate: a.foundLate + b.foundLate,
  calls: a.calls + b.calls,
});

/** Those that have jobs left, or told nothing. */
export const shardsLeft = (
  shards: readonly number[],
  replies: readonly ActivityReply<NightResult>[],
): readonly number[] =>
  shards.filter((_, at) => {
    const reply = replies[at];
    return reply?.ok !== true || reply.result.left > 0;
  });

/** The night's counters into a row: partition = day. */
export const closeNight = async (runs: Table, summary: NightSummary): Promise<void> => {
  const { slot } = summary;
  await runs.write({
    kind: 'upsert',
    row: { partitionKey: slot.slice(0, 10), rowKey: `reconcile-${slot}`, ...summary },
  });
};
