import { TargetError, ThrottledError, UpstreamError } from '../../errors';
import type { IncomingAnswer } from '../../ports';

/** Where a receiver asks to wait and does not say how long. */
const defaultWaitMs = 60_000;
const leastWaitMs = 1_000;
const mostWaitMs = 24 * 60 * 60_000;

/**
 * What a receiver's answer means, by Standard Webhooks: 2xx is success, 410 the end, what is too large or refused will be so again,
 * everything else passes. The body is not read.
 * @throws TargetError · ThrottledError · UpstreamError
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const outcomeOf = ({ status, headers }: IncomingAnswer, nowMs: number): { readonly status: number } => {
  if (status >= 200 && status < 300) return { status };
  if (status === 410) throw new TargetError('The receiver says that it is gone for good (410)', 'gone', status);
  if (status === 413) throw new TargetError('The receiver takes no body of this size (413)', 'tooLarge', status);
  if (status >= 300 && status < 400)
    throw new TargetError(
      `The receiver sends us elsewhere (${status}): redirects are not followed, give the final address`,
      'refused',
      status,
    );
  if (status === 401 || status === 403)
    throw new TargetError(
      `The receiver refuses our signature or credential (${status}): compare the secrets of both sides`,
      'credential',
      status,
    );
  if (status === 400 || status === 415 || status === 422)
    throw new TargetError(`The receiver refuses the content (${status})`, 'refused', status);
  const wait = waitIn(headers, nowMs);
  if (status === 429 || (wait !== undefined && [502, 503, 504].includes(status)))
    throw new ThrottledError(`The receiver asks to wait (${status})`, wait ?? defaultWaitMs);
  throw new UpstreamError(`The receiver answers ${status}`);
};

/** Seconds or an HTTP date, the latter against the answer's own `Date`; undefined where neither is given. */
const waitIn = (headers: IncomingAnswer['headers'], nowMs: number): number | undefined => {
  const text = headers['retry-after']?.trim() ?? '';
  const serverMs = Date.parse(headers.date ?? '');
  const ms = /^\d{1,9}$/.test(text)
    ? Number(text) * 1000
    : // A date has the name of its month; without it `Date.parse` takes "-5" for a year.
      /[a-z]{3}/i.test(text)
      ? Date.parse(text) - (Number.isNaN(serverMs) ? nowMs : serverMs)
      : Number.NaN;
  return Number.isNaN(ms) || ms < 0 ? undefined : Math.min(Math.max(ms, leastWaitMs), mostWaitMs);
};
