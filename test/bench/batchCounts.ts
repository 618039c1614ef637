import { TableClient } from '@azure/data-tables';
import type { TenantRun } from '../../shared/model/run';

/** Of a batch's 100 operations two are the state row and the run's row. */
const rowsPerBatch = 98;

/** The most batches a run may use for one tenant: ⌈changed × (1 + targets) / 98⌉ + 1, with no target yet. */
export const batchLimit = (changed: number): number => Math.ceil(changed / rowsPerBatch) + 1;

export interface TenantBatches {
  readonly changed: number;
  readonly batches: number;
}

/** What the last run of every tenant used, as the state rows tell it. */
export const readBatchCounts = async (connectionString: string): Promise<readonly TenantBatches[]> => {
  const table = TableClient.fromConnectionString(connectionString, 'incidents', { allowInsecureConnection: true });
  const queryOptions = { filter: "RowKey eq 'state'", select: ['lastRun'] };
  const counts: TenantBatches[] = [];
  for await (const { lastRun } of table.listEntities<{ lastRun: string }>({ queryOptions })) {
    const { counts: run } = JSON.parse(lastRun) as TenantRun;
    counts.push({ changed: run.new + run.changed, batches: run.batches });
  }
  return counts;
};
