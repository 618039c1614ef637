import type { Table } from '../../ports';
import type { Slot } from './schedule';
import type { ShardResult } from './syncShard';

export interface RunSummary extends ShardResult {
  readonly slot: Slot;
  readonly shards: number;
  /** Shards that ended without counters. */
  readonly lost: number;
}

/** The run's counters into its row: partition = day, row = slot. */
export const closeRun = async (runs: Table, summary: RunSummary): Promise<void> => {
  await runs.write({
    kind: 'upsert',
    row: { partitionKey: summary.slot.slice(0, 10), rowKey: summary.slot, ...summary },
  });
};
