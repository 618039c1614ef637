import type { Clock } from '../../ports';
import type { HeardWaits } from './heardWaits';

/** Whether a run may go on calling, as far as its instance can know. */
export interface WaitWatch {
  /** True while this process was asked to wait, and once the tenant's row says that another was. */
  readonly isHeldOff: boolean;
  /** True where the row was not looked at for so long that another instance may have written a wait. */
  readonly isStale: boolean;
  look(): Promise<void>;
  /** How often it looked. */
  readonly looks: number;
}

export interface WaitWatchOptions {
  readonly tenantId: string;
  readonly clock: Clock;
  readonly waits: HeardWaits;
  /** When the run began to look at the row, by the monotonic count. */
  readonly lookedAtMs: number;
  /** True where the row says that nobody may call now. */
  readonly isToldToWait: () => Promise<boolean>;
}

/** What another instance was asked binds a run under way after so long at the latest. Most runs are over by then. */
export const lookEveryMs = 10_000;

export const createWaitWatch = (options: WaitWatchOptions): WaitWatch => {
  const { tenantId, clock, waits, isToldToWait } = options;
  let { lookedAtMs } = options;
  let isTold = false;
  let looks = 0;
  let looking: Promise<void> | undefined;

  const ask = (): Promise<boolean> => {
    looks += 1;
    return isToldToWait();
  };
  const look = async (): Promise<void> => {
    // From before the look: what is written while it is under way is seen by the next.
    const beganMs = clock.elapsedMs();
    try {
      isTold ||= await ask().catch(ask);
    } catch {
      // Who cannot see the row cannot know, and the run has nowhere to store what it would read.
      isTold = true;
    }
    lookedAtMs = beganMs;
  };

  return {
    get isHeldOff() {
      return isTold || waits.leftMs(tenantId) > 0;
    },
    get isStale() {
      return clock.elapsedMs() - lookedAtMs >= lookEveryMs;
    },
    look: () => {
      looking ??= look().finally(() => (looking = undefined));
      return looking;
    },
    get looks() {
      return looks;
    },
  };
};
