import { setTimeout as wait } from 'node:timers/promises';
import type { StoredRow, Table } from '../../shared/ports';

export interface ReadCounts {
  /** Requests as the service counts them: each point read, and each page of a query. */
  operations: number;
  /** Rows in their answers. */
  rows: number;
}

/** A table whose reads are counted, each answering `delayMs` late. */
export const countedTable = (table: Table, counts: ReadCounts, delayMs = 0): Table => {
  const answer = async (rows: number): Promise<void> => {
    counts.operations += 1;
    counts.rows += rows;
    if (delayMs > 0) await wait(delayMs);
  };
  async function* counted(pages: AsyncIterable<readonly StoredRow[]>): AsyncIterable<readonly StoredRow[]> {
    let isEmpty = true;
    for await (const page of pages) {
      isEmpty = false;
      await answer(page.length);
      yield page;
    }
    if (isEmpty) await answer(0);
  }
  return {
    ...table,
    get: async (...key) => {
      const found = await table.get(...key);
      await answer(found === undefined ? 0 : 1);
      return found;
    },
    pages: (query) => counted(table.pages(query)),
  };
};
