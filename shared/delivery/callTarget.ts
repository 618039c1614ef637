import type { ConnectionState } from '../model/connection';
import type { Failure } from './failure';
import { failureOf } from './failure';
import { afterFailure, afterSuccess, afterThrottle } from './connectionHealth';
import type { LaneDeps } from './laneDeps';
import { changeState } from './laneDeps';
import type { LaneFacts } from './laneFacts';

export type Called<T> =
  | { readonly ok: true; readonly value: T; readonly isUpAgain: boolean; readonly wasDown: boolean }
  | { readonly ok: false; readonly failure: Failure; readonly isUpAgain: boolean; readonly wasDown: boolean };

/** Makes one call to the target in its turn, and tells the connection's state what came of it. */
export const callTarget = async <T>(
  deps: LaneDeps,
  { connection, slot }: Pick<LaneFacts, 'connection' | 'slot'>,
  work: () => Promise<T>,
): Promise<Called<T>> => {
  const answered = await slot(async () => {
    try {
      return { ok: true as const, value: await work() };
    } catch (error) {
      return { ok: false as const, failure: failureOf(error) };
    }
  });
  const nowMs = deps.clock.now();
  const { before, after } = await changeState(deps, connection, (state) =>
    answered.ok ? afterSuccess(state, nowMs) : stateAfter(state, answered.failure, nowMs),
  );
  if (before.state === 'up' && after.state === 'down') {
    const { scope, connectionId } = connection;
    deps.log.warn('connection down', { scope, connectionId, reason: after.lastError?.reason });
  }
  const wasDown = before.state === 'down';
  return { ...answered, wasDown, isUpAgain: wasDown && after.state === 'up' };
};

/** Whoever refuses this one content is there, and takes others. */
const stateAfter = (state: ConnectionState, failure: Failure, nowMs: number): ConnectionState => {
  if (failure.kind === 'wait') return afterThrottle(state, failure.retryAfterMs, nowMs);
  if (failure.kind === 'content') return afterSuccess(state, nowMs);
  return afterFailure(state, failure, nowMs);
};
