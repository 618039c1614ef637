import type { AppError } from '../errors';
import { AuthError, ConsentError, ThrottledError } from '../errors';
import type { Access } from '../model/access';
import type { Registration } from './cures';
import { cureFor } from './cures';

/** A blocked tenant is probed this often, and at once when someone asks. */
const probeMs = 15 * 60_000;

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

/** Access after a read that worked; the same object where nothing changed, so that nothing is written. */
export const accessAfterSuccess = (access: Access, nowMs: number): Access =>
  access.state === 'granted' && access.blockedUntil === null ? access : granted(access, nowMs);

/** Access after a read that failed; the same object where the failure says nothing about access. */
export const accessAfterFailure = (
  access: Access,
  error: AppError,
  tenantId: string,
  registration: Registration,
  nowMs: number,
): Access => {
  if (error instanceof ThrottledError) return { ...access, blockedUntil: iso(nowMs + error.retryAfterMs) };
  if (!(error instanceof ConsentError) && !(error instanceof AuthError)) return access;
  const { reason } = error;
  return {
    state: 'blocked',
    reason,
    code: error.code,
    raw: error.raw,
    ...cureFor(reason, tenantId, registration),
    since: access.state === 'blocked' && access.reason === reason ? access.since : iso(nowMs),
    blockedUntil: iso(nowMs + probeMs),
  };
};

/** True while this tenant must not be asked: a throttle's wait always, a blocked tenant unless someone asks for it. */
export const mustWait = (access: Access, requested: boolean, nowMs: number): boolean => {
  if (access.blockedUntil === null || Date.parse(access.blockedUntil) <= nowMs) return false;
  return access.state === 'blocked' ? !requested : true;
};
