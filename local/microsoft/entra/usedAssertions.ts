import type { Clock } from '../world/time7';
import { toEpochSeconds } from '../world/time7';

/** Assertions that were shown before: each is good for one request. */
export interface UsedAssertions {
  /** False where this one was used already. */
  use(clientId: string, jti: string, expiresAt: number): boolean;
}

const sweepAbove = 10_000;

export function createUsedAssertions(clock: Clock): UsedAssertions {
  const used = new Map<string, number>();
  return {
    use: (clientId, jti, expiresAt) => {
      const key = `${clientId} ${jti}`;
      if (used.has(key)) return false;
      if (used.size >= sweepAbove) {
        const now = toEpochSeconds(clock());
        for (const [each, until] of used) if (until <= now) used.delete(each);
      }
      used.set(key, expiresAt);
      return true;
    },
  };
}
