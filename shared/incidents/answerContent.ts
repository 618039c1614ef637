import { ContractError, UpstreamError } from '../errors';
import type { Time7 } from '../model/time7';
import { fromHttpDate } from '../model/time7';
import type { IncomingAnswer } from '../ports';

/** Kept in each gap's row, fifty of them at the most: it must not grow with what the other side likes to say. */
const maxReasonLength = 200;

export interface AnswerContent {
  readonly content: unknown;
  /** Its `Date`. */
  readonly serverTime: Time7;
  /** Why it is not whole (206, `Warning`); undefined: it is. */
  readonly incomplete: string | undefined;
}

/**
 * What an answer of 200 or 206 holds. `api` names the other side in the message.
 * @throws UpstreamError where the body is cut or no JSON (HTML, nothing at all, a byte order mark)
 * @throws ContractError without a readable `Date`: coverage could not be stated
 */
export const contentOf = ({ status, headers, body }: IncomingAnswer, api: string): AnswerContent => {
  const serverTime = fromHttpDate(headers.date);
  if (serverTime === undefined) throw new ContractError(`${api} answered without a readable Date header`);
  const isPartial = status === 206 || headers.warning !== undefined;
  const incomplete = isPartial ? `${status} ${headers.warning ?? ''}`.trim().slice(0, maxReasonLength) : undefined;
  return { content: parsed(body, api), serverTime, incomplete };
};

const parsed = (body: string, api: string): unknown => {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new UpstreamError(`${api} answered with a body that is cut or no JSON`, { cause });
  }
};
