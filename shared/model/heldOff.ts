import type { Access } from './access';

/**
 * Access as it is, and no call before `until` (ISO 8601 UTC): of several waits the longest binds. A blocked tenant's next probe is no wait,
 * because someone may ask for it at once, so the two are kept apart there. The same object where it waits as long already.
 */
export const heldOff = (access: Access, until: string): Access => {
  if (msOf(waitIn(access)) >= msOf(until)) return access;
  const blockedUntil = msOf(access.blockedUntil) >= msOf(until) ? access.blockedUntil : until;
  return access.state === 'blocked' ? { ...access, blockedUntil, throttledUntil: until } : { ...access, blockedUntil };
};

/** True while Defender asked us to wait: nobody may call, whoever asks for it. */
export const isHeldOff = (access: Access, nowMs: number): boolean => msOf(waitIn(access)) > nowMs;

/** `next`, without ending a wait of `found` that still binds: whoever made `next` may have looked before it was told. */
export const keepingWait = (found: Access, next: Access, nowMs: number): Access => {
  const until = waitIn(found);
  return until !== null && msOf(until) > nowMs ? heldOff(next, until) : next;
};

const waitIn = ({ state, blockedUntil, throttledUntil }: Access): string | null =>
  state === 'blocked' ? (throttledUntil ?? null) : blockedUntil;

const msOf = (iso: string | null): number => {
  const ms = Date.parse(iso ?? '');
  return Number.isNaN(ms) ? 0 : ms;
};
