import { ThrottledError } from '../../errors';
import { rateLimits } from '../../incidents/limits';
import type { Access } from '../../model/access';
import { isHeldOff } from '../../model/heldOff';
import type { BackEnd } from '../../model/tenant';
import type { TenantState } from '../../model/tenantState';
import type { CallPermits, Clock } from '../../ports';
import type { HeardWaits } from '../../sync/limits/heardWaits';
import { createPermits } from '../../sync/limits/permits';

/** A read and its repetition, a hunt and its. */
const mostCalls = 4;

export interface ReadingShare {
  readonly tenantId: string;
  readonly backend: BackEnd;
  readonly state: Pick<TenantState, 'calls'>;
  readonly access: Access;
  /** By the storage's clock. */
  readonly nowMs: number;
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<unknown>;
  /** Of this process. */
  readonly waits: Pick<HeardWaits, 'leftMs'>;
}

/**
 * Calls to what the tenant is read through, after what its runs used: only the syncing run may write that down, so these few come out of
 * the fifth that runs leave. None while Defender asked us to wait.
 */
export const readingPermits = (share: ReadingShare): CallPermits => {
  const { tenantId, backend, state, access, nowMs, clock, pause, waits } = share;
  const toldMs = isHeldOff(access, nowMs) ? Date.parse(access.throttledUntil ?? access.blockedUntil ?? '') - nowMs : 0;
  const permits = createPermits({
    ...{ clock, nowMs },
    pause: async (ms) => {
      await pause(ms);
    },
    limits: rateLimits[backend],
    log: state.calls,
    isStopping: () => false,
    waits: { isHeldOff: false, isStale: false, look: () => Promise.resolve() },
    maxCalls: mostCalls,
  });
  return {
    take: async () => {
      const leftMs = Math.max(toldMs, waits.leftMs(tenantId));
      if (leftMs > 0) throw new ThrottledError('Defender asked us to wait', leftMs, { tenantId });
      await permits.take();
    },
  };
};

/** Of an API that no run reads: a check makes so few calls that no log is kept. */
export const freePermits: CallPermits = { take: () => Promise.resolve() };
