import type { Clock } from '../ports';

/** Calls and time one run may use for one tenant. */
export interface Allowance {
  /** Takes one call; false where none is left or the time is up: what is left goes on at the next run. */
  take(): boolean;
  readonly used: number;
}

/** @see design section 3: 50 calls a run and tenant */
export const callsPerRun = 50;

/** `isStopping`: this instance is being taken away; a run then ends where it stands instead of being cut down. */
export const createAllowance = (
  clock: Clock,
  isStopping: () => boolean,
  maxCalls: number = callsPerRun,
  maxMs: number = 4 * 60_000,
): Allowance => {
  const startedMs = clock.elapsedMs();
  let used = 0;
  return {
    take: () => {
      if (isStopping() || used >= maxCalls || clock.elapsedMs() - startedMs > maxMs) return false;
      used += 1;
      return true;
    },
    get used() {
      return used;
    },
  };
};
