import { CallsSpent } from '../../errors';
import type { RateLimits } from '../../incidents/limits';
import type { CallLog } from '../../model/tenantState';
import type { CallPermits, Clock } from '../../ports';
import type { Lease } from './lease';
import type { WaitWatch } from './waitWatch';

/** @see design section 3: 50 calls a run and tenant */
export const callsPerRun = 50;
const longestRunMs = 4 * 60_000;
/** Reads leave a fifth of the limit to updates and actions. */
const readShare = 0.8;
/** A run waits this long for a call to become free; for more it ends, and the next tick goes on. */
const longestWaitMs = 2_000;
const noWaits = { isHeldOff: false, isStale: false, look: () => Promise.resolve() };
const noLease: Lease = { isLost: false, isDue: () => false, renew: () => Promise.resolve() };

export interface PermitOptions {
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<void>;
  /** This instance is being taken away: the run ends where it stands instead of being cut down. */
  readonly isStopping: () => boolean;
  /** Default: none; who makes a few calls at once has looked before. */
  readonly waits?: Pick<WaitWatch, 'isHeldOff' | 'isStale' | 'look'>;
  /** Default: none; only who writes the state row can hold it. */
  readonly lease?: Lease;
  readonly limits: RateLimits;
  /** What earlier runs used, here or elsewhere. */
  readonly log: CallLog;
  /** By the storage's clock, which all instances share. */
  readonly nowMs: number;
  readonly maxCalls?: number;
}

export interface RunPermits extends CallPermits {
  /** No further call: the other side asked us to wait, or the run is over; all readers hear of it at once. */
  close(): void;
  readonly used: number;
  /** Calls that may still be made with no longer a wait than a run takes upon itself. */
  readonly left: number;
  /** To be kept with the state row. */
  readonly log: CallLog;
}

/** One run's share of a tenant's rate limit: sliding windows over what all runs used, kept in the state row and so shared by every instance. */
export const createPermits = (options: PermitOptions): RunPermits => {
  const { clock, pause, isStopping, waits = noWaits, lease = noLease, limits, nowMs, maxCalls = callsPerRun } = options;
  const startedMs = clock.elapsedMs();
  const perMinute = Math.floor(limits.perMinute * readShare);
  const perHour = Math.floor(limits.perHour * readShare);
  const hundredths = new Map(options.log.hundredths);
  const minutes = new Map(options.log.minutes);
  let used = 0;
  let isClosed = false;

  const now = (): number => nowMs + clock.elapsedMs() - startedMs;
  const forget = (): void => {
    drop(hundredths, now() / 10 - 6_000);
    drop(minutes, now() / 60_000 - 60);
  };

  /** Milliseconds until both windows have room. */
  const waitMs = (): number => {
    forget();
    const hundredth = oldestToLeave(hundredths, perMinute);
    const minute = oldestToLeave(minutes, perHour);
    const untilFree = [
      hundredth === undefined ? 0 : (hundredth + 6_001) * 10 - now(),
      minute === undefined ? 0 : (minute + 61) * 60_000 - now(),
    ];
    return Math.max(0, ...untilFree);
  };

  return {
    take: async () => {
      for (;;) {
        const isOver = used >= maxCalls || clock.elapsedMs() - startedMs > longestRunMs;
        if (isClosed || isStopping() || isOver || waits.isHeldOff || lease.isLost) throw new CallsSpent();
        const wait = waitMs();
        if (wait > longestWaitMs) throw new CallsSpent();
        // Whatever takes time may change the rest: all of it is asked again.
        if (waits.isStale) await waits.look();
        else if (wait > 0) await pause(wait);
        else if (lease.isDue(used)) await lease.renew();
        else break;
      }
      used += 1;
      count(hundredths, Math.floor(now() / 10));
      count(minutes, Math.floor(now() / 60_000));
    },
    close: () => {
      isClosed = true;
    },
    get used() {
      return used;
    },
    get left() {
      if (isClosed) return 0;
      const soon = now() + longestWaitMs;
      const inMinute = perMinute - inside(hundredths, soon / 10 - 6_000);
      const inHour = perHour - inside(minutes, soon / 60_000 - 60);
      return Math.max(0, Math.min(maxCalls - used, inMinute, inHour));
    },
    get log() {
      forget();
      return { hundredths: [...hundredths], minutes: [...minutes] };
    },
  };
};

type Slots = Map<number, number>;

const count = (slots: Slots, slot: number): void => void slots.set(slot, (slots.get(slot) ?? 0) + 1);

/** A slot counts until its last moment is out of the window: a call too few, never one too many. */
const drop = (slots: Slots, before: number): void => {
  for (const slot of slots.keys()) if (slot + 1 <= before) slots.delete(slot);
};

/** Calls of those slots that still count once the window begins at `after`. */
const inside = (slots: Slots, after: number): number =>
  [...slots].reduce((sum, [slot, calls]) => (slot + 1 > after ? sum + calls : sum), 0);

/** The slot that must leave before there is room for one more; undefined where there is room. */
const oldestToLeave = (slots: Slots, limit: number): number | undefined => {
  const all = inside(slots, -Infinity);
  if (all < limit) return undefined;
  let leaving = all - limit + 1;
  for (const [slot, calls] of [...slots].sort(([a], [b]) => a - b)) {
    leaving -= calls;
    if (leaving <= 0) return slot;
  }
  return undefined;
};
