import type { ConnectionState } from '../model/connection';
import type { Delivery } from '../model/outbox';

type Timed = Pick<Delivery, 'nextAttempt' | 'lastOutcome'>;

/** When its next try is due, milliseconds since 1970; 0: at once. What failed before its connection came back is due again with it. */
export const dueAtMs = ({ nextAttempt, lastOutcome }: Timed, { state, since }: ConnectionState): number => {
  if (nextAttempt === null) return 0;
  const isBack = state === 'up' && since !== null && lastOutcome !== null && lastOutcome.at <= since;
  return isBack ? 0 : Date.parse(nextAttempt);
};

export const isDue = (event: Timed, state: ConnectionState, nowMs: number): boolean => dueAtMs(event, state) <= nowMs;
