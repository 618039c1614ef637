import type { Clock } from '../../ports';

/**
 * The waits this process was asked for, by tenant: whoever shares its memory keeps to them from the moment they are heard. All instances
 * learn of them by the `access` row.
 */
export interface HeardWaits {
  /** Of several waits the longest binds. */
  hear(tenantId: string, waitMs: number): void;
  /** What is left of it; 0: nothing. */
  leftMs(tenantId: string): number;
  /** Hands a wait that was not told yet to `write`; where that fails it is told the next time. @throws what `write` throws */
  tell(tenantId: string, write: (leftMs: () => number) => Promise<void>): Promise<void>;
}

interface Heard {
  readonly untilMs: number;
  readonly isTold: boolean;
}

/** By the monotonic count: a clock that is set back or forward changes no wait. */
export const createHeardWaits = (clock: Clock): HeardWaits => {
  const waits = new Map<string, Heard>();
  const leftMs = (tenantId: string): number => Math.max(0, (waits.get(tenantId)?.untilMs ?? 0) - clock.elapsedMs());
  return {
    hear: (tenantId, waitMs) => {
      for (const [other] of waits) if (leftMs(other) === 0) waits.delete(other);
      if (waitMs > leftMs(tenantId)) waits.set(tenantId, { untilMs: clock.elapsedMs() + waitMs, isTold: false });
    },
    leftMs,
    tell: async (tenantId, write) => {
      const heard = waits.get(tenantId);
      if (heard === undefined || heard.isTold || leftMs(tenantId) === 0) return;
      await write(() => leftMs(tenantId));
      // A longer one that was heard meanwhile is told by whoever heard it.
      if (waits.get(tenantId) === heard) waits.set(tenantId, { ...heard, isTold: true });
    },
  };
};
