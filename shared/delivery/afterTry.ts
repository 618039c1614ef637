import type { DeliveryOutcome } from '../model/outbox';
import type { DeliveryChange, StoredEvent } from '../store/outbox';
import type { Failure } from './failure';
import { retryDelayMs } from './retries';

const outcome = (nowMs: number, status: number | null, reason: string | null): DeliveryOutcome => ({
  at: new Date(nowMs).toISOString(),
  status,
  reason,
});

export const delivered = ({ event }: StoredEvent, nowMs: number, status: number | null): Partial<DeliveryChange> => ({
  state: 'delivered',
  attempts: event.attempts + 1,
  nextAttempt: null,
  lastOutcome: outcome(nowMs, status, null),
  isReplay: false,
});

/** Nothing was sent for it. */
export const superseded = (nowMs: number, because: string): Partial<DeliveryChange> => ({
  state: 'superseded',
  nextAttempt: null,
  lastOutcome: outcome(nowMs, null, because),
  isReplay: false,
});

/** Its time has not come; no try was made. */
export const waitsUntil = (untilMs: number): Partial<DeliveryChange> => ({
  nextAttempt: new Date(untilMs).toISOString(),
});

export const dead = (
  { event }: StoredEvent,
  nowMs: number,
  { status, reason }: Pick<Failure, 'status' | 'reason'>,
): Partial<DeliveryChange> => ({
  state: 'dead',
  attempts: event.attempts + 1,
  nextAttempt: null,
  lastOutcome: outcome(nowMs, status, reason),
  isReplay: false,
});

/** What a failed try makes of an event; `dead` where it was the last one, or no other can help. */
export const failed = (
  stored: StoredEvent,
  nowMs: number,
  failure: Failure,
): { readonly change: Partial<DeliveryChange>; readonly againInMs: number | undefined } => {
  const { event } = stored;
  const tried = { lastOutcome: outcome(nowMs, failure.status, failure.reason) };
  // To be asked for a pause, or to be switched off, is no try that failed.
  if (failure.kind === 'wait')
    return { change: { ...tried, ...waitsUntil(nowMs + failure.retryAfterMs) }, againInMs: failure.retryAfterMs };
  if (failure.kind === 'off') return { change: tried, againInMs: undefined };
  const tries = event.attempts + 1;
  const delayMs = failure.kind === 'content' ? undefined : retryDelayMs(event.eventId, tries, failure.retryAfterMs);
  if (delayMs === undefined) return { change: dead(stored, nowMs, failure), againInMs: undefined };
  return { change: { ...tried, attempts: tries, ...waitsUntil(nowMs + delayMs) }, againInMs: delayMs };
};
