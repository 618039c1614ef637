import type { Table } from '../ports';
import { text } from './columns';
import { deleteRows } from './deleteRows';
import { feedPartition } from './feed';
import { tenantNibble } from './keys';
import type { Storage } from './openStorage';
import { stateRowKey } from './tenantState';

export interface Erased {
  readonly incidents: number;
  /** All rows of the tenant, its incidents and what points at them from the index included. */
  readonly rows: number;
  readonly blobs: number;
}

type ErasableStorage = Pick<Storage, 'incidents' | 'index' | 'bodies'>;

const maxRounds = 3;
const blobsSideBySide = 16;
const nothing: Erased = { incidents: 0, rows: 0, blobs: 0 };

/**
 * Deletes everything stored of one tenant but its registration. Safe to repeat; the caller switches the tenant off first.
 * The `state` row goes first: a run under way is fenced by it and fails at its next batch. Rounds go on until nothing is left, for
 * what such a run wrote meanwhile.
 */
export const eraseTenant = async (storage: ErasableStorage, tenantId: string): Promise<Erased> => {
  await storage.incidents.write({ kind: 'delete', partitionKey: tenantId, rowKey: stateRowKey });
  let total = nothing;
  for (let round = 0; round < maxRounds; round += 1) {
    const erased = add(await erasePartition(storage, tenantId), await eraseIndex(storage.index, tenantId));
    total = add(total, erased);
    if (erased.rows === 0) break;
  }
  return total;
};

const erasePartition = async ({ incidents, bodies }: ErasableStorage, tenantId: string): Promise<Erased> => {
  let erased = nothing;
  for await (const page of incidents.pages({ partition: tenantId, select: ['bodyBlob'] })) {
    const blobs = page.flatMap(({ row }) => text(row, 'bodyBlob') ?? []);
    for (let start = 0; start < blobs.length; start += blobsSideBySide)
      await Promise.all(blobs.slice(start, start + blobsSideBySide).map((name) => bodies.delete(name)));
    await deleteRows(incidents, page);
    const found = page.filter(({ row }) => row.rowKey.startsWith('i_')).length;
    erased = add(erased, { incidents: found, rows: page.length, blobs: blobs.length });
  }
  return erased;
};

const eraseIndex = async (index: Table, tenantId: string): Promise<Erased> => {
  let erased = nothing;
  const nibble = tenantNibble(tenantId);
  const where = [{ column: 'tenantId', op: 'eq' as const, value: tenantId }];
  for (const partition of [feedPartition(nibble), `due_${nibble}`])
    for await (const page of index.pages({ partition, where, select: ['tenantId'] })) {
      await deleteRows(index, page);
      erased = add(erased, { ...nothing, rows: page.length });
    }
  return erased;
};

const add = (a: Erased, b: Erased): Erased => ({
  incidents: a.incidents + b.incidents,
  rows: a.rows + b.rows,
  blobs: a.blobs + b.blobs,
});
