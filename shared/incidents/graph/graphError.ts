import { z } from 'zod';
import type { AppError, ErrorDetails } from '../../errors';
import { ConsentError, ContractError, ThrottledError, UpstreamError } from '../../errors';
import type { IncomingAnswer } from '../../ports';
import { retryAfterMs } from '../retryAfter';

const envelope = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

const errorIn = (body: string): { readonly code: string; readonly message: string } => {
  try {
    const parsed = envelope.safeParse(JSON.parse(body));
    if (parsed.success) return parsed.data.error;
  } catch {
    // An error page need not be JSON: the status alone decides then.
  }
  return { code: '', message: '' };
};

/**
 * What an answer of Graph's other than 200 and 206 means for one tenant. A 401 here comes after a fresh token, so it is the licence.
 * @see https://learn.microsoft.com/graph/errors · defender-docs api-error-codes.md
 */
export const fromGraphAnswer = (answer: IncomingAnswer, tenantId: string, nowMs: number): AppError => {
  const { code, message } = errorIn(answer.body);
  const details: ErrorDetails = { tenantId };
  const raw = `${answer.status} ${code}`.trim();
  if (answer.status === 429)
    return new ThrottledError('Graph asks us to wait', retryAfterMs(answer.headers['retry-after'], nowMs), details);
  if (answer.status === 401)
    return new ConsentError('Graph accepts the token of no licensed tenant here', 'licenceMissing', raw, details);
  if (answer.status === 403)
    return new ConsentError('Graph misses a permission in our token', 'roleMissing', raw, details);
  if (answer.status >= 500 || answer.status === 408) return new UpstreamError(`Graph answered ${raw}`, details);
  return new ContractError(`Graph refused the request: ${raw} ${message.slice(0, 200)}`, details);
};
