import type { AppError } from '../errors';
import { ContractError } from '../errors';
import type { Clock, IncomingAnswer, Send } from '../ports';
import { refusal } from './askTool';

const timeoutMs = 15_000;

export interface ToolCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Set where the call is about one ticket: what is not there is then that ticket, and not the whole address. */
  readonly isOfTicket?: boolean;
  /** Statuses besides 2xx that the caller reads itself. */
  readonly accepts?: readonly number[];
}

export interface ToolAnswer {
  readonly status: number;
  readonly headers: IncomingAnswer['headers'];
  /** Undefined where the body is empty, or no JSON and not a success either. */
  readonly json: unknown;
}

export interface ToolCaller {
  /** What a person calls the tool. */
  readonly title: string;
  readonly send: Send;
  readonly clock: Clock;
  /** What this tool means otherwise than most do, asked first; undefined: the same as they. */
  readonly ownMeaning?: (answer: ToolAnswer, call: ToolCall) => AppError | undefined;
  /** How long a throttle without `Retry-After` lasts, in milliseconds. */
  readonly waitOf?: (answer: IncomingAnswer) => number | undefined;
}

/** One exchange in JSON with a tool that tells by its words, not by its status alone, what it refuses. @throws as askTool · ContractError (2xx without JSON) */
export const callTool = async (caller: ToolCaller, call: ToolCall): Promise<ToolAnswer> => {
  const { title, send, clock, ownMeaning, waitOf } = caller;
  const { method, url, headers, json, isOfTicket = false, accepts = [] } = call;
  const raw = await send({
    method,
    url,
    headers: {
      accept: 'application/json',
      'user-agent': 'xdr-relay',
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    timeoutMs,
  });
  const parsed = parse(raw.body);
  const answer: ToolAnswer = { status: raw.status, headers: raw.headers, json: parsed?.json };
  const isFine = raw.status >= 200 && raw.status < 300;
  if (isFine && parsed === undefined) throw new ContractError(`${title}: the answer is no JSON`);
  if (isFine || accepts.includes(raw.status)) return answer;
  const usual = {
    title,
    now: () => clock.now(),
    notFound: isOfTicket ? ('ticketGone' as const) : ('refused' as const),
    ...(waitOf !== undefined && { waitOf }),
  };
  throw ownMeaning?.(answer, call) ?? refusal(usual, raw);
};

/** Undefined where it is no JSON. */
const parse = (body: string): { readonly json: unknown } | undefined => {
  if (body.trim() === '') return { json: undefined };
  try {
    return { json: JSON.parse(body) as unknown };
  } catch {
    return undefined;
  }
};

/** An address without the slash at its end, to put paths behind. */
export const withoutSlash = (url: string): string => url.replace(/\/+$/, '');
