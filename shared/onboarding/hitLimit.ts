import type { Clock } from '../ports';

/** Bounds what callers nobody knows may cost. Of one process. */
export interface HitLimit {
  /** False where there were too many of late. */
  allows(): boolean;
}

/** As many as `perSecond` for long, and `burst` at once. */
export const createHitLimit = (clock: Pick<Clock, 'elapsedMs'>, perSecond = 20, burst = 100): HitLimit => {
  let left = burst;
  let atMs = clock.elapsedMs();
  return {
    allows: () => {
      const nowMs = clock.elapsedMs();
      left = Math.min(burst, left + ((nowMs - atMs) / 1000) * perSecond);
      atMs = nowMs;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
};
