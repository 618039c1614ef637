import type { StoredRow, Table } from '../ports';
import { text } from './columns';
import { deleteRows } from './deleteRows';
import { feedPartition } from './feed';
import { forgetDeliveries, forgetTickets } from './forgetDeliveries';
import { eraseInbox } from './inbox';
import { tenantNibble } from './keys';
import type { Storage } from './openStorage';
import { pseudonymiseAudit } from './pseudonymiseAudit';
import { stateRowKey } from './tenantState';

export interface Erased {
  readonly incidents: number;
  /** All rows of the tenant: its incidents, what points at them and at their tickets from the index, and what webhooks brought. */
  readonly rows: number;
  /** Bodies of incidents and of webhooks. */
  readonly blobs: number;
}

type ErasableStorage = Pick<Storage, 'incidents' | 'index' | 'bodies' | 'inbox' | 'received'>;

const maxRounds = 3;
const blobsSideBySide = 16;
const nothing: Erased = { incidents: 0, rows: 0, blobs: 0 };

/**
 * Deletes everything stored of one tenant but its registration and the audit, which stays without names. Safe to repeat; the caller switches the tenant off first.
 * The `state` row goes first: a run under way is fenced by it and fails at its next batch. Rounds go on until nothing is left, for
 * what such a run wrote meanwhile.
 */
export const eraseTenant = async (storage: ErasableStorage, tenantId: string): Promise<Erased> => {
  await storage.incidents.write({ kind: 'delete', partitionKey: tenantId, rowKey: stateRowKey });
  let total = nothing;
  for (let round = 0; round < maxRounds; round += 1) {
    await pseudonymiseAudit(storage.incidents, tenantId);
    const parts = [
      await erasePartition(storage, tenantId),
      await eraseIndex(storage.index, tenantId),
      { ...nothing, rows: await forgetDeliveries(storage.index, tenantId) },
      { ...nothing, ...(await eraseInbox(storage.inbox, tenantId, (name) => storage.received.delete(name))) },
    ];
    const erased = parts.reduce(add, nothing);
    total = add(total, erased);
    if (erased.rows === 0) break;
  }
  return total;
};

const erasePartition = async ({ incidents, bodies, index }: ErasableStorage, tenantId: string): Promise<Erased> => {
  let erased = nothing;
  const select = ['bodyBlob', 'targetId', 'incidentId', 'tickets'];
  for await (const whole of incidents.pages({ partition: tenantId, select })) {
    const page = whole.filter((each) => !isAudit(each));
    // What leads to a link goes before the link: nothing else names it.
    for (const { row } of page.filter(isLink)) await forgetTickets(index, row);
    const blobs = page.flatMap(({ row }) => text(row, 'bodyBlob') ?? []);
    for (let start = 0; start < blobs.length; start += blobsSideBySide)
      await Promise.all(blobs.slice(start, start + blobsSideBySide).map((name) => bodies.delete(name)));
    await deleteRows(incidents, page);
    const found = page.filter(({ row }) => row.rowKey.startsWith('i_')).length;
    erased = add(erased, { incidents: found, rows: page.length, blobs: blobs.length });
  }
  return erased;
};

const isAudit = ({ row }: StoredRow): boolean => row.rowKey.startsWith('a_');
const isLink = ({ row }: StoredRow): boolean => row.rowKey.startsWith('l_');

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
