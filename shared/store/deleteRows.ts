import { AppError } from '../errors';
import type { StoredRow, Table } from '../ports';
import { maxOperations } from './guard';

/**
 * Deletes rows of one partition in batches; that some are gone already is no error. One that is gone undoes its whole batch: then they go
 * one by one, where it is none.
 */
export const deleteRows = async (table: Table, rows: readonly Pick<StoredRow, 'row'>[]): Promise<void> => {
  const operations = rows.map(({ row: { partitionKey, rowKey } }) => ({
    kind: 'delete' as const,
    partitionKey,
    rowKey,
  }));
  for (let start = 0; start < operations.length; start += maxOperations) {
    const batch = operations.slice(start, start + maxOperations);
    try {
      await table.writeBatch(batch);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      for (const operation of batch) await table.write(operation);
    }
  }
};
