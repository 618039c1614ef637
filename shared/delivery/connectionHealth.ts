import type { ConnectionState } from '../model/connection';
import type { Failure } from './failure';

/** Failures in a row that switch a connection to `down`. */
export const failuresToDown = 3;
/** The time of the last success is told to within so many milliseconds: a row is not written for each of them. */
const toldWithinMs = 5 * 60_000;

/** What a connection's state becomes of an answer at `nowMs`; the same object where nothing worth a write changed. */
export const afterSuccess = (state: ConnectionState, nowMs: number): ConnectionState => {
  const isTold = state.lastSuccess !== null && nowMs - Date.parse(state.lastSuccess) < toldWithinMs;
  if (state.state === 'up' && state.failures === 0 && isTold) return state;
  const at = new Date(nowMs).toISOString();
  return { ...state, state: 'up', failures: 0, lastSuccess: at, since: state.state === 'down' ? at : state.since };
};

export const afterFailure = (state: ConnectionState, { status, reason }: Failure, nowMs: number): ConnectionState => {
  const at = new Date(nowMs).toISOString();
  const failures = state.failures + 1;
  const goesDown = state.state === 'up' && failures >= failuresToDown;
  return {
    ...state,
    state: goesDown ? 'down' : state.state,
    failures,
    since: goesDown ? at : state.since,
    lastError: { at, status, reason },
  };
};

/** The tool told how long it wants to be left alone; the longest of several waits holds. */
export const afterThrottle = (state: ConnectionState, retryAfterMs: number, nowMs: number): ConnectionState => {
  const until = new Date(nowMs + retryAfterMs).toISOString();
  return state.pausedUntil !== null && state.pausedUntil >= until ? state : { ...state, pausedUntil: until };
};

export const isPaused = ({ pausedUntil }: ConnectionState, nowMs: number): boolean =>
  pausedUntil !== null && Date.parse(pausedUntil) > nowMs;
