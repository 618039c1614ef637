import type { ErrorCode } from '../errors';
import { AppError, TargetError, ThrottledError } from '../errors';

/** What a failed call says. */
export interface Failure {
  /**
   * `again`: passing, this event is tried again · `wait`: the target wants to be left alone for a while · `content`: it will never take this
   * event · `off`: it wants nothing any more.
   */
  readonly kind: 'again' | 'wait' | 'content' | 'off';
  readonly status: number | null;
  /** For people: our own words, with at most a few of the target's. */
  readonly reason: string;
  readonly retryAfterMs: number;
  readonly error: AppError;
}

const maxReasonChars = 500;

/** What a call to a target failed of. @throws `error` itself where it is a bug */
export const failureOf = (error: unknown): Failure => {
  const passes = error instanceof AppError && passing.has(error.code);
  if (!(error instanceof ThrottledError || error instanceof TargetError || passes)) throw error;
  const reason = error.message.slice(0, maxReasonChars).toWellFormed();
  const common = { reason, retryAfterMs: 0, error };
  if (error instanceof ThrottledError)
    return { ...common, kind: 'wait', status: null, retryAfterMs: error.retryAfterMs };
  if (error instanceof TargetError) return { ...common, kind: kinds[error.reason], status: error.status };
  return { ...common, kind: 'again', status: null };
};

/** No answer or 5xx · an answer that is not understood, or settings that do not fit any more · our secret could not be read. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ERR_UPSTREAM', 'ERR_CONTRACT', 'ERR_AUTH']);

const kinds: Readonly<Record<TargetError['reason'], Failure['kind']>> = {
  refused: 'content',
  tooLarge: 'content',
  ticketGone: 'content',
  ticketClosed: 'content',
  gone: 'off',
  credential: 'again',
  address: 'again',
};
