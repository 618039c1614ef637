import type { Table } from '../ports';
import { text } from './columns';
import { dueRowKey, dueRowsBefore, nibbles, tenantNibble, tenantPartition } from './keys';

/** A tenant that must be read at `dueAtMs`, whatever its interval says: new ones, backlog, failed and throttled ones. */
export interface DueTenant {
  readonly tenantId: string;
  readonly rowKey: string;
}

export interface DueIndex {
  add(tenantId: string, dueAtMs: number): Promise<void>;
  /** What is due at or before `nowMs` among the tenants of the partitions `from` (inclusive) to `before` (exclusive). */
  upTo(nowMs: number, from: string, before: string | undefined): Promise<readonly DueTenant[]>;
  done(due: readonly DueTenant[]): Promise<void>;
}

const partitionOf = (nibble: string): string => `due_${nibble}`;

export const dueIndex = (index: Table): DueIndex => ({
  add: async (tenantId, dueAtMs) => {
    const row = { partitionKey: partitionOf(tenantNibble(tenantId)), rowKey: dueRowKey(dueAtMs, tenantId), tenantId };
    await index.write({ kind: 'upsert', row });
  },
  upTo: async (nowMs, from, before) => {
    const touched = nibbles.filter(
      (nibble) => `${nibble}fff` >= from && (before === undefined || `${nibble}000` < before),
    );
    const lists = await Promise.all(touched.map((nibble) => dueIn(index, nibble, nowMs)));
    return lists.flat().filter(({ tenantId }) => {
      const partition = tenantPartition(tenantId);
      return partition >= from && (before === undefined || partition < before);
    });
  },
  done: async (due) => {
    await Promise.all(
      due.map(({ tenantId, rowKey }) =>
        index.write({ kind: 'delete', partitionKey: partitionOf(tenantNibble(tenantId)), rowKey }),
      ),
    );
  },
});

const dueIn = async (index: Table, nibble: string, nowMs: number): Promise<readonly DueTenant[]> => {
  const due: DueTenant[] = [];
  const query = { partition: partitionOf(nibble), rowBefore: dueRowsBefore(nowMs), select: ['tenantId'] };
  for await (const page of index.pages(query))
    due.push(...page.map(({ row }) => ({ tenantId: text(row, 'tenantId') ?? '', rowKey: row.rowKey })));
  return due;
};
