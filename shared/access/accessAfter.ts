import type { AppError } from '../errors';
import { AuthError, ConsentError, ThrottledError } from '../errors';
import type { Access } from '../model/access';
import { heldOff, isHeldOff } from '../model/heldOff';
import type { Registration } from './cures';
import { cureFor } from './cures';

/** A blocked tenant is probed this often, and at once when someone asks. */
const probeMs = 15 * 60_000;
/** A turn fifteen minutes after the one that failed would find the tenant parked for another second, and the next may be as far again. */
const probeEarlyMs = 60_000;

const iso = (ms: number): string => new Date(ms).toISOString();

export type { Registration } from './cures';

const granted = (access: Access, nowMs: number): Access => ({
  state: 'granted',
  reason: null,
  code: null,
  raw: null,
  cure: null,
  link: null,
  since: access.state === 'granted' ? access.since : iso(nowMs),
  blockedUntil: null,
});

/**
 * Access after a read that worked; the same object where nothing changed, so that nothing is written. What else is granted in part only
 * stays so: reading incidents says nothing of it.
 */
export const accessAfterSuccess = (access: Access, nowMs: number): Access => {
  const { state, blockedUntil } = access;
  if (state !== 'granted' && state !== 'partial') return granted(access, nowMs);
  return blockedUntil === null ? access : { ...access, blockedUntil: null };
};

/** Access where all is granted that is asked for; the same object where it was so before. */
export const accessWhenWhole = (access: Access, nowMs: number): Access =>
  access.state === 'granted' ? access : granted(access, nowMs);

/** Access where what is needed works and something beside it does not; the same object where that was known. */
export const accessInPart = (
  access: Access,
  lacking: Pick<Access, 'reason' | 'code' | 'cure' | 'link'>,
  nowMs: number,
): Access => {
  const isKnown = access.state === 'partial' && access.reason === lacking.reason;
  if (isKnown && access.cure === lacking.cure) return access;
  const { reason, code, cure, link } = lacking;
  const since = isKnown ? access.since : iso(nowMs);
  return { state: 'partial', reason, code, raw: null, cure, link, since, blockedUntil: null };
};

/** Access after a read that failed; the same object where the failure says nothing about access. */
export const accessAfterFailure = (
  access: Access,
  error: AppError,
  tenantId: string,
  registration: Registration,
  nowMs: number,
): Access => {
  if (error instanceof ThrottledError) return heldOff(access, iso(nowMs + error.retryAfterMs));
  if (!(error instanceof ConsentError) && !(error instanceof AuthError)) return access;
  const { reason } = error;
  return {
    state: 'blocked',
    reason,
    code: error.code,
    raw: error.raw,
    ...cureFor(reason, tenantId, registration, error.raw),
    since: access.state === 'blocked' && access.reason === reason ? access.since : iso(nowMs),
    blockedUntil: iso(nowMs + probeMs),
  };
};

/** True while this tenant must not be asked: a throttle's wait always, a blocked tenant unless someone asks for it. */
export const mustWait = (access: Access, requested: boolean, nowMs: number): boolean => {
  if (isHeldOff(access, nowMs)) return true;
  const isParked = access.blockedUntil !== null && Date.parse(access.blockedUntil) - probeEarlyMs > nowMs;
  return isParked && !requested;
};
