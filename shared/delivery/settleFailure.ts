import type { DeliveryChange, StoredEvent } from '../store/outbox';
import { failed } from './afterTry';
import type { Called } from './callTarget';
import type { LaneDeps } from './laneDeps';
import type { LaneFacts } from './laneFacts';
import type { LaneResult } from './laneResult';

type FailedCall = Extract<Called<unknown>, { readonly ok: false }>;

export interface SettledFailure {
  readonly events: readonly { readonly stored: StoredEvent; readonly change: Partial<DeliveryChange> }[];
  readonly result: LaneResult;
}

/** What a failed call means for the event it was made for, and for its connection. What is given up is in the dead index before its row says so. */
export const settleFailure = async (
  deps: LaneDeps,
  { connection, lane }: Pick<LaneFacts, 'connection' | 'lane'>,
  stored: StoredEvent,
  { failure, wasDown, isUpAgain }: FailedCall,
): Promise<SettledFailure> => {
  if (failure.kind === 'off') {
    await deps.connections.disable(connection, failure.reason);
    deps.memory.connection.forget(`${connection.scope} ${connection.connectionId}`);
    deps.log.error('connection switched off', { ...lane, reason: failure.reason });
  }
  // A target that is down says nothing about this event: its tries are kept for when it is back.
  if (wasDown && !isUpAgain && failure.kind === 'again') return { events: [], result: { outcome: 'held' } };
  const { change, againInMs } = failed(stored, deps.clock.now(), failure);
  if (change.state === 'dead') {
    await deps.dead.add([stored.event]);
    deps.log.error('event given up', { ...lane, eventId: stored.event.eventId, reason: failure.reason });
  }
  const up = isUpAgain ? { isUpAgain } : {};
  const paused = failure.kind === 'wait' ? { pausedForMs: failure.retryAfterMs } : {};
  const again = againInMs === undefined || failure.kind === 'wait' ? {} : { againInMs };
  const outcome = change.state === 'dead' ? 'done' : failure.kind === 'again' ? 'retry' : 'held';
  return { events: [{ stored, change }], result: { outcome, ...again, ...paused, ...up } };
};
