import { AppError } from '../../errors';
import { toTicks } from '../../model/time7';
import type { Clock } from '../../ports';
import type { FencedState } from '../../store/tenantState';

/** Renewed by every write of the state row, and by one for its own sake where a run has nothing else to write. */
const leaseMs = 120_000;
/** A call that begins before the next renewal is a minute old when the lease runs out: out of the window that others count. */
const renewAfterMs = leaseMs / 3;
/** A run that asks more takes the lease first: of two at once, one gives up before both have used the rate limit up. */
const callsWithoutLease = 2;

/**
 * True while another run holds the tenant through several batches. Both times are the storage's own, so no instance's clock matters;
 * and a lease only spares work: what keeps two runs apart is the fence.
 */
export const isHeldByAnother = ({ state, writtenAt, readAt }: FencedState, runId: string): boolean => {
  if (state.leaseOwner === undefined || state.leaseOwner === runId) return false;
  if (writtenAt === undefined || readAt === undefined) return false;
  return toTicks(readAt) - toTicks(writtenAt) < BigInt(leaseMs) * 10_000n;
};

/** A run's own lease: whether it may call on the strength of it. */
export interface Lease {
  /** True once it could not be written: another run has the tenant, or may soon have. */
  readonly isLost: boolean;
  /** True where it must be written before the run makes one call more than `calls`. */
  isDue(calls: number): boolean;
  renew(): Promise<void>;
}

export interface LeaseOptions {
  readonly clock: Clock;
  /** When the run began its last write of the state row, by the monotonic count; undefined: it wrote none. */
  readonly writtenAtMs: () => number | undefined;
  /** Writes the state row alone, in its turn, and nothing where that is not due any more. @throws ConflictError where another run has taken the fence */
  readonly write: (isDue: () => boolean) => Promise<void>;
}

/** Who is about to call asks it, so a run that is over after a few calls, or writes often enough, never pays for it. */
export const createLease = ({ clock, writtenAtMs, write }: LeaseOptions): Lease => {
  let isLost = false;
  let renewing: Promise<void> | undefined;
  const isOld = (): boolean => clock.elapsedMs() - (writtenAtMs() ?? Number.NEGATIVE_INFINITY) > renewAfterMs;
  const renew = async (): Promise<void> => {
    try {
      await write(isOld);
    } catch (error) {
      // Whoever cannot write it has nowhere to store what it would read.
      if (!(error instanceof AppError)) throw error;
      isLost = true;
    }
  };
  return {
    get isLost() {
      return isLost;
    },
    isDue: (calls) => (writtenAtMs() !== undefined || calls >= callsWithoutLease) && isOld(),
    renew: () => {
      renewing ??= renew().finally(() => (renewing = undefined));
      return renewing;
    },
  };
};
