import { addCounts, noCounts } from '../model/run';
import type { RunCounts } from '../model/run';
import type { MonthUsage } from '../model/usage';
import type { Row, Table } from '../ports';
import { text } from './columns';

const keyOf = (month: string): string => `m_${month}`;

/** The row of a month that is over; it rides in the batch that begins the next. */
export const toUsageRow = (tenantId: string, { month, counts }: MonthUsage): Row => ({
  partitionKey: tenantId,
  rowKey: keyOf(month),
  counts: JSON.stringify(counts),
});

/** A month that is over (`yyyymm`); undefined where nothing was written down for it. */
export const readUsage = async (tenantId: string, table: Table, month: string): Promise<MonthUsage | undefined> => {
  const found = await table.get(tenantId, keyOf(month));
  return found && { month, counts: countsOf(found.row) };
};

/** A garbled row tells of nothing used. */
const countsOf = (row: Row): RunCounts => {
  try {
    return addCounts(noCounts, JSON.parse(text(row, 'counts') ?? '{}') as Partial<RunCounts>);
  } catch {
    return noCounts;
  }
};
