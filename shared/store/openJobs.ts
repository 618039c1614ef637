import type { JobKind } from '../model/job';
import type { Row, Table } from '../ports';
import { text } from './columns';

/** A run someone asked for that has not ended, as far as is known. */
export interface OpenJob {
  readonly tenantId: string;
  readonly runId: string;
  readonly kind: JobKind | 'sync';
}

/** Runs that were asked for, over all tenants, in one partition of the index. Entered before their rows: one too many is dropped when met. */
export interface OpenJobs {
  add(job: OpenJob): Promise<void>;
  done(job: Pick<OpenJob, 'tenantId' | 'runId'>): Promise<void>;
  /** Oldest first. */
  first(limit: number): Promise<readonly OpenJob[]>;
}

const partitionKey = 'jobs';

/** Run ids begin with their time. */
const keyOf = ({ tenantId, runId }: Pick<OpenJob, 'tenantId' | 'runId'>): string => `${runId}_${tenantId}`;

export const openJobs = (index: Table): OpenJobs => ({
  add: async (job) => {
    const row: Row = { partitionKey, rowKey: keyOf(job), ...job };
    await index.write({ kind: 'upsert', row });
  },
  done: async (job) => {
    await index.write({ kind: 'delete', partitionKey, rowKey: keyOf(job) });
  },
  first: async (limit) => {
    const found: OpenJob[] = [];
    for await (const page of index.pages({ partition: partitionKey, pageSize: limit })) {
      found.push(...page.map(({ row }) => fromRow(row)));
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  },
});

const fromRow = (row: Row): OpenJob => ({
  tenantId: text(row, 'tenantId') ?? '',
  runId: text(row, 'runId') ?? '',
  kind: (text(row, 'kind') ?? 'sync') as OpenJob['kind'],
});
