import type { Clock } from '../ports';

/**
 * The waits this process was asked for, by tenant. The `access` row tells them to all instances; should it fail to be written, at least
 * the one that heard them keeps to them.
 */
export interface HeardWaits {
  hear(tenantId: string, waitMs: number): void;
  /** What is left of it; 0: nothing. */
  leftMs(tenantId: string): number;
}

/** By the monotonic count: a clock that is set back or forward changes no wait. */
export const createHeardWaits = (clock: Clock): HeardWaits => {
  const until = new Map<string, number>();
  const leftMs = (tenantId: string): number => Math.max(0, (until.get(tenantId) ?? 0) - clock.elapsedMs());
  return {
    hear: (tenantId, waitMs) => {
      for (const [other] of until) if (leftMs(other) === 0) until.delete(other);
      until.set(tenantId, Math.max(until.get(tenantId) ?? 0, clock.elapsedMs() + waitMs));
    },
    leftMs,
  };
};
