import type { AppError, ErrorDetails } from '../../errors';
import { ConsentError, ContractError, ThrottledError, UpstreamError } from '../../errors';
import type { IncomingAnswer } from '../../ports';
import { refusalWordsIn } from '../errorEnvelope';
import { asksToWait, retryAfterMs } from '../retryAfter';

/** Refusals by 403 that no permission of ours would change: the tenant has the feature off. */
const featureCodes = new Set(['DisabledFeature', 'DisallowedOperation']);

/**
 * What an answer of the Defender API's other than 200 and 206 means for one tenant. A 401 here comes after a fresh token, so it is the
 * licence ("Account mode is inactive", "Account is not provisioned").
 * @see https://learn.microsoft.com/defender-xdr/api-error-codes
 */
export const fromDefenderAnswer = (answer: IncomingAnswer, tenantId: string, nowMs: number): AppError => {
  const { code, message } = refusalWordsIn(answer.body);
  const details: ErrorDetails = { tenantId };
  const raw = `${answer.status} ${code.slice(0, 100)}`.trim();
  if (asksToWait(answer)) return new ThrottledError('Defender asks us to wait', retryAfterMs(answer, nowMs), details);
  if (answer.status === 401 || (answer.status === 403 && featureCodes.has(code)))
    return new ConsentError('Defender accepts the token of no licensed tenant here', 'licenceMissing', raw, details);
  if (answer.status === 403)
    return new ConsentError('Defender misses a permission in our token', 'roleMissing', raw, details);
  if (answer.status >= 500 || answer.status === 408) return new UpstreamError(`Defender answered ${raw}`, details);
  return new ContractError(`Defender refused the request: ${raw} ${message.slice(0, 200)}`, details);
};
