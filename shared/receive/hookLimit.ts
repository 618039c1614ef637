import type { HitLimit } from '../onboarding/hitLimit';
import { createHitLimit } from '../onboarding/hitLimit';
import type { Clock } from '../ports';

/** Bounds what one address may cost, known or not; asked before anything is looked up or worked out. Of one process. */
export interface HookLimit {
  allows(hookId: string): boolean;
}

/** A tool that changes a thousand tickets at once tells of each. */
const perSecond = 50;
const burst = 500;
const mostHooks = 10_000;

export const createHookLimit = (clock: Pick<Clock, 'elapsedMs'>): HookLimit => {
  const limits = new Map<string, HitLimit>();
  return {
    allows: (hookId) => {
      const limit = limits.get(hookId) ?? createHitLimit(clock, perSecond, burst);
      // Latest last: whoever was not heard of for the longest time is forgotten first.
      limits.delete(hookId);
      limits.set(hookId, limit);
      if (limits.size > mostHooks) limits.delete(limits.keys().next().value ?? '');
      return limit.allows();
    },
  };
};
