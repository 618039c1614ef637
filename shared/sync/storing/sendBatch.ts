import { AppError, ConflictError } from '../../errors';
import type { RowOperation, Table } from '../../ports';
import { readState } from '../../store/tenantState';

/**
 * Writes a batch whose first operation is the state row, and answers the new etags: the state's, and all of them where they are known.
 * A write that failed may have happened: the mark in the state row tells, and then it counts.
 * @throws ConflictError where the fence was lost
 */
export const sendBatch = async (
  table: Table,
  tenantId: string,
  operations: readonly RowOperation[],
  mark: string,
): Promise<{ readonly state: string; readonly all: readonly string[] | undefined }> => {
  const [only] = operations;
  try {
    if (operations.length === 1 && only !== undefined) return { state: await table.write(only), all: undefined };
    const all = await table.writeBatch(operations);
    return { state: all[0] ?? '', all };
  } catch (error) {
    if (!(error instanceof AppError) || !(error.retryable || error instanceof ConflictError)) throw error;
    const now = await readState(tenantId, table);
    if (now.state.batchMark !== mark || now.etag === undefined) throw error;
    return { state: now.etag, all: undefined };
  }
};
