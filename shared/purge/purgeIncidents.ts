import { ConflictError, NotFoundError } from '../errors';
import { isOpen } from '../model/incident';
import type { Time7 } from '../model/time7';
import { mustBeTime7 } from '../model/time7';
import type { Blobs, Clock, RowOperation, StoredRow, Table } from '../ports';
import { text } from '../store/columns';
import { deleteRows } from '../store/deleteRows';
import type { Feed } from '../store/feed';
import { forgetTickets } from '../store/forgetDeliveries';
import { maxOperations } from '../store/guard';
import { journalRowsOf } from '../store/journal';
import { eventRowsOf, incidentIdOfRowKey, incidentRows } from '../store/keys';
import { linkedTargets, linkRowKey } from '../store/links';
import type { FencedState } from '../store/tenantState';
import { readState, toStateRow } from '../store/tenantState';

export interface PurgeIncidentsDeps {
  readonly incidents: Table;
  readonly bodies: Blobs;
  readonly feed: Pick<Feed, 'remove'>;
  /** For the tickets of incidents. */
  readonly index: Table;
  readonly clock: Clock;
}

export interface Purged {
  readonly rows: number;
  /** False where more is left for the next day. */
  readonly whole: boolean;
}

/** Batches of a tenant and day. */
const maxBatches = 10;
const victimsPerBatch = maxOperations - 1;

/**
 * Deletes incidents that are over (resolved, merged or gone) and were last updated before `before`, with their bodies, hints, events, links
 * and journals, and what leads to them from their tickets; the tickets stay where they are.
 * Each batch carries the state row as it was read before the incidents were: where a sync has written anything since, nothing of the
 * batch happens, so an incident that came back to life stays, and the counters of the state row stay right. A sync in the middle of a
 * long run is left alone.
 */
export const purgeIncidents = async (deps: PurgeIncidentsDeps, tenantId: string, before: Time7): Promise<Purged> => {
  let rows = 0;
  for (let batch = 0; batch < maxBatches; batch += 1) {
    const fence = await readState(tenantId, deps.incidents);
    if (fence.etag === undefined) return { rows, whole: true };
    // To write the row would prolong the lease, be it one that its run has left behind.
    if (fence.state.leaseOwner !== undefined) return { rows, whole: false };
    const victims = await someVictims(deps.incidents, tenantId, before);
    if (victims.length === 0) return { rows, whole: true };
    if (!(await deleteFenced(deps, tenantId, fence, victims))) return { rows, whole: false };
    await cleanUp(deps, tenantId, victims);
    rows += victims.length;
  }
  return { rows, whole: false };
};

const someVictims = async (table: Table, tenantId: string, before: Time7): Promise<readonly StoredRow[]> => {
  const victims: StoredRow[] = [];
  const where = [{ column: 'version', op: 'lt' as const, value: before }];
  const select = ['version', 'status', 'vanishedAt', 'bodyBlob'];
  for await (const page of table.pages({ partition: tenantId, ...incidentRows, where, select })) {
    victims.push(...page.filter(({ row }) => row.vanishedAt !== undefined || !isOpen(text(row, 'status'))));
    if (victims.length >= victimsPerBatch) break;
  }
  return victims.slice(0, victimsPerBatch);
};

/** False where someone else has written to the tenant meanwhile. */
const deleteFenced = async (
  { incidents, clock }: PurgeIncidentsDeps,
  tenantId: string,
  { state, etag = '' }: FencedState,
  victims: readonly StoredRow[],
): Promise<boolean> => {
  const gone = new Set(victims.map(({ row }) => incidentIdOfRowKey(row.rowKey)));
  const after = {
    ...state,
    // Of its own: a sync whose last answer was lost must not take this for its batch.
    batchMark: `purge.${clock.now()}`,
    stored: Math.max(0, state.stored - victims.length),
    lastSeen: state.lastSeen.filter(({ incidentId }) => !gone.has(incidentId)),
  };
  const deletes = victims.map(({ row: { partitionKey, rowKey } }): RowOperation => ({
    kind: 'delete',
    partitionKey,
    rowKey,
  }));
  try {
    await incidents.writeBatch([{ kind: 'replace', row: toStateRow(tenantId, after), etag }, ...deletes]);
    return true;
  } catch (error) {
    if (error instanceof ConflictError || error instanceof NotFoundError) return false;
    throw error;
  }
};

const sideBySide = 16;

/** After the rows: a hint without its row is dropped when met, a row without its hint would never be found. */
const cleanUp = async (
  { incidents, bodies, feed, index }: PurgeIncidentsDeps,
  tenantId: string,
  victims: readonly StoredRow[],
): Promise<void> => {
  const entries = victims.map(({ row }) => ({
    incidentId: incidentIdOfRowKey(row.rowKey),
    version: mustBeTime7(row.version, 'version'),
  }));
  await feed.remove(tenantId, entries);
  const blobs = victims.flatMap(({ row }) => text(row, 'bodyBlob') ?? []);
  for (let start = 0; start < blobs.length; start += sideBySide)
    await Promise.all(blobs.slice(start, start + sideBySide).map((name) => bodies.delete(name)));
  const targets = await linkedTargets(tenantId, incidents);
  for (let start = 0; start < entries.length; start += sideBySide)
    await Promise.all(
      entries.slice(start, start + sideBySide).map(async ({ incidentId }) => {
        await deleteRange(incidents, tenantId, eventRowsOf(incidentId));
        await deleteRange(incidents, tenantId, journalRowsOf(incidentId));
        for (const targetId of targets)
          await deleteLink({ incidents, index }, tenantId, linkRowKey(targetId, incidentId));
      }),
    );
};

const deleteRange = async (
  table: Table,
  partition: string,
  range: { readonly rowFrom: string; readonly rowBefore: string },
): Promise<void> => {
  for await (const page of table.pages({ partition, ...range, select: ['state'] })) await deleteRows(table, page);
};

/** The link last: by it its tickets are known. */
const deleteLink = async (
  { incidents, index }: Pick<PurgeIncidentsDeps, 'incidents' | 'index'>,
  partitionKey: string,
  rowKey: string,
): Promise<void> => {
  const found = await incidents.get(partitionKey, rowKey, ['targetId', 'incidentId', 'tickets']);
  if (found === undefined) return;
  await forgetTickets(index, found.row);
  await incidents.write({ kind: 'delete', partitionKey, rowKey });
};
