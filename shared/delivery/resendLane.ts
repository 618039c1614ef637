import { sendLanes } from './deliverMessage';
import { AppError, ConflictError } from '../errors';
import type { Queue, Table } from '../ports';
import type { OpenLanes, TenantLane } from '../store/openLanes';
import type { OutboxEvent } from '../model/outbox';
import type { StoredEvent } from '../store/outbox';
import { changedEventRow, deliveryPages, readEvent } from '../store/outbox';

export interface ResendDeps {
  readonly incidents: Table;
  readonly lanes: Pick<OpenLanes, 'add'>;
  readonly queue: Queue;
}

/**
 * Has a lane delivered again though nothing new happened, because its ticket may not show what holds: its newest event waits once more. Done
 * twice it is no more than that.
 * @throws UpstreamError (storage)
 */
export const resendLane = async ({ incidents, lanes, queue }: ResendDeps, lane: TenantLane): Promise<void> => {
  await lanes.add(lane.tenantId, [lane]);
  const newest = await newestOf(incidents, lane);
  if (newest !== undefined && newest.event.state !== 'pending') await wake(incidents, newest);
  // Only a hint: the sweep finds what waits.
  await sendLanes(queue, [lane]).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
  });
};

const newestOf = async (table: Table, lane: TenantLane): Promise<StoredEvent | undefined> => {
  let newest: OutboxEvent | undefined;
  for await (const page of deliveryPages(lane.tenantId, table, { lane }))
    for (const { event } of page) newest = newest === undefined || event.version > newest.version ? event : newest;
  // With all its columns, because its row is written whole.
  return newest && readEvent(newest, table);
};

const wake = async (incidents: Table, stored: StoredEvent): Promise<void> => {
  const row = changedEventRow(stored, { state: 'pending', attempts: 0, nextAttempt: null });
  try {
    await incidents.write({ kind: 'replace', row, etag: stored.etag });
  } catch (error) {
    // Whoever changed it meanwhile has made it wait, or delivers it now.
    if (!(error instanceof ConflictError)) throw error;
  }
};
