import type { TargetReason } from '../errors';
import { ContractError, TargetError, ThrottledError, UpstreamError } from '../errors';
import { asksToWait, retryAfterMs } from '../incidents/retryAfter';
import type { IncomingAnswer, OutgoingRequest, Send } from '../ports';

export interface ToolRequest extends Omit<OutgoingRequest, 'body' | 'timeoutMs'> {
  /** Sent as JSON; text is sent as it is, under the content type of `headers`. */
  readonly body?: object | string;
  /** Default 15 s. */
  readonly timeoutMs?: number;
}

export interface ToolAsked {
  readonly send: Send;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What a person calls the tool; begins each message. */
  readonly title: string;
  /** Statuses besides 2xx that the caller reads itself. */
  readonly accepts?: readonly number[];
  /** What a 404 means, default `refused`. */
  readonly notFound?: TargetReason;
  /** How long a throttle lasts that has no `Retry-After`, in milliseconds; undefined: a minute. */
  readonly waitOf?: (answer: IncomingAnswer) => number | undefined;
}

/** One exchange with a ticket tool, judged by its status. Neither body nor address nor credential gets into an error.
 *  @throws ThrottledError (429, 503 with `Retry-After`) · UpstreamError (5xx, 408, 409, 425, no answer) · TargetError (3xx and the rest) */
export const askTool = async (asked: ToolAsked, request: ToolRequest): Promise<IncomingAnswer> => {
  const { send, accepts = [] } = asked;
  const { method, url, headers, body, timeoutMs = 15_000 } = request;
  const isJson = typeof body === 'object';
  const answer = await send({
    method,
    url,
    headers: {
      accept: 'application/json',
      'user-agent': 'xdr-relay',
      ...(isJson && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: isJson ? JSON.stringify(body) : body }),
    timeoutMs,
  });
  if ((answer.status >= 200 && answer.status < 300) || accepts.includes(answer.status)) return answer;
  throw refusal(asked, answer);
};

/** What an answer that is no success comes to. */
export const refusal = (
  { title, now, notFound = 'refused', waitOf }: Omit<ToolAsked, 'send' | 'accepts'>,
  answer: IncomingAnswer,
): ThrottledError | UpstreamError | TargetError => {
  const { status, headers } = answer;
  if (asksToWait(answer)) {
    const own = headers['retry-after'] === undefined ? waitOf?.(answer) : undefined;
    return new ThrottledError(`${title}: too many calls`, own ?? retryAfterMs(answer, now()));
  }
  if (status >= 500 || [408, 409, 425].includes(status)) return new UpstreamError(`${title}: answered ${status}`);
  const [reason, cure] = meaningOf(status, notFound);
  return new TargetError(`${title}: answered ${status}. ${cure}`, reason, status);
};

const meaningOf = (status: number, notFound: TargetReason): readonly [TargetReason, string] => {
  if (status >= 300 && status < 400) return ['address', 'Redirects are not followed: enter the address it leads to.'];
  if (status === 401) return ['credential', 'It does not take the credential: put in a new one.'];
  if (status === 403)
    return ['credential', 'The account lacks a right there: compare its rights with the connector page.'];
  if (status === 404) return [notFound, 'There is no such thing, or the account may not see it.'];
  if (status === 410) return ['gone', 'It is switched off for good.'];
  if (status === 413) return ['tooLarge', 'The content is too large: shorten the templates of the mapping.'];
  return ['refused', 'It does not take the content: check the mapping.'];
};

/** The JSON of an answer. @throws ContractError */
export const jsonOf = (title: string, { body }: Pick<IncomingAnswer, 'body'>): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    throw new ContractError(`${title}: the answer is no JSON`);
  }
};
