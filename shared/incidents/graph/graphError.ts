import type { AppError, ErrorDetails } from '../../errors';
import { ConsentError, ContractError, ThrottledError, UpstreamError } from '../../errors';
import type { IncomingAnswer } from '../../ports';
import { refusalWordsIn } from '../errorEnvelope';
import { asksToWait, retryAfterMs } from '../retryAfter';

/**
 * What an answer of Graph's other than 200 and 206 means for one tenant. A 401 here comes after a fresh token, so it is the licence.
 * @see https://learn.microsoft.com/graph/errors · defender-docs api-error-codes.md
 */
export const fromGraphAnswer = (answer: IncomingAnswer, tenantId: string, nowMs: number): AppError => {
  const { code, message } = refusalWordsIn(answer.body);
  const details: ErrorDetails = { tenantId };
  const raw = `${answer.status} ${code.slice(0, 100)}`.trim();
  if (asksToWait(answer)) return new ThrottledError('Graph asks us to wait', retryAfterMs(answer, nowMs), details);
  if (answer.status === 401)
    return new ConsentError('Graph accepts the token of no licensed tenant here', 'licenceMissing', raw, details);
  if (answer.status === 403)
    return new ConsentError('Graph misses a permission in our token', 'roleMissing', raw, details);
  if (answer.status >= 500 || answer.status === 408) return new UpstreamError(`Graph answered ${raw}`, details);
  return new ContractError(`Graph refused the request: ${raw} ${message.slice(0, 200)}`, details);
};
