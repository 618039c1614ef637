import { AppError } from '../errors';
import type { DeliveryState } from '../model/outbox';
import type { Time7 } from '../model/time7';
import type { Clock, Queue, RowOperation, Table } from '../ports';
import type { DeadLetters } from '../store/deadLetters';
import { maxOperations } from '../store/guard';
import type { OpenLanes, TenantLane } from '../store/openLanes';
import type { DeliveryChange, StoredEvent } from '../store/outbox';
import { changedEventRow, wholeEventPages } from '../store/outbox';
import { sendLanes } from './deliverMessage';

export interface ReplayDeps {
  readonly incidents: Table;
  readonly lanes: Pick<OpenLanes, 'add'>;
  readonly dead: Pick<DeadLetters, 'remove'>;
  readonly queue: Queue;
  readonly clock: Clock;
}

export interface ReplayRange {
  /** `targetIdOf` a connection; undefined: all of them. */
  readonly targetIds: readonly string[] | undefined;
  /** Versions (an incident's last update) from, inclusive, … */
  readonly from: Time7;
  /** … to, inclusive. */
  readonly to: Time7;
  /** Gone through in this order: `pending` first, as what is revived is pending. */
  readonly states: readonly Exclude<DeliveryState, 'delivered'>[];
}

export interface Replayed {
  readonly count: number;
  /** True where more is left than one request does: ask again. */
  readonly more: boolean;
}

/** Longer than callers wait is nobody helped. */
const budgetMs = 60_000;

const again: Partial<DeliveryChange> = { state: 'pending', attempts: 0, nextAttempt: null };

/** Sends one event once more, whatever became of it, with the mapping as it is now. */
export const replayOne = async (deps: ReplayDeps, stored: StoredEvent): Promise<Replayed> => ({
  count: await revive(deps, [stored], { ...again, isReplay: true }),
  more: false,
});

/** Tries what was not delivered as if for the first time, with the mapping as it is now. */
export const replayRange = async (
  deps: ReplayDeps,
  tenantId: string,
  { targetIds, from, to, states }: ReplayRange,
): Promise<Replayed> => {
  const untilMs = deps.clock.elapsedMs() + budgetMs;
  let count = 0;
  for (const state of states)
    for await (const page of wholeEventPages(tenantId, state, deps.incidents, maxOperations)) {
      const chosen = page.filter(
        ({ event: { version, connectionId } }) =>
          version >= from && version <= to && (targetIds === undefined || targetIds.includes(connectionId)),
      );
      count += await revive(deps, chosen, again);
      if (deps.clock.elapsedMs() > untilMs) return { count, more: true };
    }
  return { count, more: false };
};

const revive = async (
  { incidents, lanes, dead, queue }: ReplayDeps,
  events: readonly StoredEvent[],
  change: Partial<DeliveryChange>,
): Promise<number> => {
  const [first] = events;
  if (first === undefined) return 0;
  const { tenantId } = first.event;
  const open = events.map(({ event }): TenantLane => ({
    tenantId,
    targetId: event.connectionId,
    incidentId: event.incidentId,
  }));
  await lanes.add(tenantId, open);
  const revived = await writeAll(incidents, events, change);
  await dead.remove(revived.filter(({ event }) => event.state === 'dead').map(({ event }) => event));
  await sendLanes(queue, open);
  return revived.length;
};

/** One that changed meanwhile undoes the batch: then they go one by one, and that one stays as it is. */
const writeAll = async (
  table: Table,
  events: readonly StoredEvent[],
  change: Partial<DeliveryChange>,
): Promise<readonly StoredEvent[]> => {
  const operations = events.map((stored): RowOperation => ({
    kind: 'replace',
    row: changedEventRow(stored, change),
    etag: stored.etag,
  }));
  try {
    await table.writeBatch(operations);
    return events;
  } catch (error) {
    if (!isOvertaken(error)) throw error;
  }
  const written: StoredEvent[] = [];
  for (const [at, operation] of operations.entries())
    try {
      await table.write(operation);
      written.push(...events.slice(at, at + 1));
    } catch (error) {
      if (!isOvertaken(error)) throw error;
    }
  return written;
};

/** Too large a batch is refused, too. */
const isOvertaken = (error: unknown): boolean =>
  error instanceof AppError && ['ERR_CONFLICT', 'ERR_NOT_FOUND', 'ERR_CONTRACT'].includes(error.code);
