import { ConflictError } from '../errors';
import type { StoredRow, Table } from '../ports';
import { text } from '../store/columns';
import type { FoundDeadLetter } from '../store/deadLetters';
import { deadLetters } from '../store/deadLetters';
import { eventRows, nibbles } from '../store/keys';
import { readEvent } from '../store/outbox';
import { toTicks } from '../model/time7';
import type { Purged } from './purgeIncidents';

const finalStates: ReadonlySet<string> = new Set(['delivered', 'superseded', 'dead']);
/** Of a tenant and day. */
const maxRows = 1_000;
const maxPages = 100;
const sideBySide = 16;

/** Deletes events that came to their end before `beforeMs` (milliseconds since 1970), each only as it was read: a replay may revive it. */
export const purgeDeliveries = async (table: Table, tenantId: string, beforeMs: number): Promise<Purged> => {
  let rows = 0;
  let pages = 0;
  for await (const page of table.pages({ partition: tenantId, ...eventRows, select: ['state'] })) {
    const old = page.filter((found) => isOver(found, beforeMs));
    for (let start = 0; start < old.length; start += sideBySide) {
      const deleted = await Promise.all(
        old.slice(start, start + sideBySide).map((found) => deleteAsRead(table, found)),
      );
      rows += deleted.filter(Boolean).length;
    }
    pages += 1;
    if (rows >= maxRows || pages >= maxPages) return { rows, whole: false };
  }
  return { rows, whole: true };
};

/** Deletes what is left in the index of events that are dead no more: replayed, or purged before `beforeMs` (milliseconds since 1970). */
export const purgeDeadLetters = async (index: Table, incidents: Table, beforeMs: number): Promise<Purged> => {
  const letters = deadLetters(index);
  let rows = 0;
  for (const nibble of nibbles)
    for await (const page of letters.pages(nibble)) {
      const stale: FoundDeadLetter[] = [];
      for (const letter of page.filter(({ writtenAt }) => Number(toTicks(writtenAt) / 10_000n) < beforeMs))
        if ((await readEvent(letter, incidents))?.event.state !== 'dead') stale.push(letter);
      await letters.remove(stale);
      rows += stale.length;
      if (rows >= maxRows) return { rows, whole: false };
    }
  return { rows, whole: true };
};

const isOver = ({ row, writtenAt }: StoredRow, beforeMs: number): boolean =>
  finalStates.has(text(row, 'state') ?? '') && Number(toTicks(writtenAt) / 10_000n) < beforeMs;

const deleteAsRead = async (table: Table, { row: { partitionKey, rowKey }, etag }: StoredRow): Promise<boolean> => {
  try {
    await table.write({ kind: 'delete', partitionKey, rowKey, etag });
    return true;
  } catch (error) {
    if (error instanceof ConflictError) return false;
    throw error;
  }
};
