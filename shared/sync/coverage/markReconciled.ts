import { ConflictError, NotFoundError } from '../../errors';
import type { Span } from '../../model/coverage';
import type { Time7 } from '../../model/time7';
import type { Table } from '../../ports';
import type { StoredWindow } from '../../store/coverage';
import { toCoverageRow, windowsMeeting } from '../../store/coverage';
import { maxOperations } from '../../store/guard';
import { withReconciled } from './reconciled';

export interface ReconcileFacts extends Span {
  /** Server time of the deep read's first answer. */
  readonly at: Time7;
  /** Versions it found that should have been stored. */
  readonly foundLate: number;
}

export interface MarkedWindows {
  /** Rows written. */
  readonly marked: number;
  /** What no closed window took, because the range reaches beyond them: for the open one, through `withReconciled`. */
  readonly foundLateInOpen: number;
}

const maxRounds = 5;

/**
 * Writes down that a deep read covered a range, in every closed window that meets it; the newest of them tells how many came late, unless
 * the range reaches past it. Only rows as they were read are replaced; those that changed meanwhile are read again. Safe to repeat.
 * @throws ConflictError where others keep changing them
 */
export const markReconciled = async (table: Table, tenantId: string, facts: ReconcileFacts): Promise<MarkedWindows> => {
  let marked = 0;
  for (let round = 0; round < maxRounds; round += 1) {
    const windows = (await windowsMeeting(table, tenantId, facts)).filter(({ kind }) => kind !== 'absorbed');
    const newest = windows.reduce<Time7 | undefined>(
      (to, { window }) => (to && to > window.to ? to : window.to),
      undefined,
    );
    const isPast = newest === undefined || facts.to > newest;
    const changes = windows.flatMap((one) => changeOf(one, facts, !isPast && one.window.to === newest));
    const written = await replaceAll(table, tenantId, changes);
    marked += written;
    if (written === changes.length) return { marked, foundLateInOpen: isPast ? facts.foundLate : 0 };
  }
  throw new ConflictError('The ledger keeps changing while it is marked', { tenantId });
};

const changeOf = (one: StoredWindow, facts: ReconcileFacts, takesLate: boolean): readonly StoredWindow[] => {
  const window = withReconciled(one.window, facts, facts.at, takesLate ? facts.foundLate : 0);
  return window === one.window ? [] : [{ ...one, window }];
};

/** How many were written: whole batches, up to the first that was not as it had been read. */
const replaceAll = async (table: Table, tenantId: string, changes: readonly StoredWindow[]): Promise<number> => {
  for (let start = 0; start < changes.length; start += maxOperations) {
    const some = changes.slice(start, start + maxOperations);
    const operations = some.map(({ window, kind, etag }) => ({
      kind: 'replace' as const,
      row: toCoverageRow(tenantId, window, kind),
      etag,
    }));
    try {
      await table.writeBatch(operations);
    } catch (error) {
      if (error instanceof ConflictError || error instanceof NotFoundError) return start;
      throw error;
    }
  }
  return changes.length;
};
