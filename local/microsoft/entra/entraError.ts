import { randomUUID } from 'node:crypto';
import type { Answer, Request } from '../answer';
import { jsonAnswer } from '../answer';
import type { Clock } from '../world/time7';
import { formatTime7 } from '../world/time7';

/** A refusal of the token endpoint. */
export class EntraError extends Error {
  override readonly name = 'EntraError';

  constructor(
    readonly status: number,
    readonly error: string,
    /** The number after AADSTS. */
    readonly code: number,
    message: string,
    /** Members of the answer beside the usual ones, as `claims` and `suberror`. */
    readonly more: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** Entra leads to a page of explanations for some refusals only. */
const explained = new Set([7000215, 7000222, 7000218, 90002, 700016]);

/** @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
export function entraErrorAnswer(request: Request, clock: Clock, refusal: EntraError): Answer {
  const { status, error, code, more } = refusal;
  const { description, traceId, correlationId, timestamp } = describe(refusal, clock, request);
  const body = {
    error,
    error_description: description,
    error_codes: [code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    ...(explained.has(code) ? { error_uri: `https://login.microsoftonline.com/error?code=${code}` } : {}),
    ...more,
  };
  return jsonAnswer(status, body);
}

/** The text for a human, with the ids Microsoft's support would ask for. */
export function describe({ code, message }: EntraError, clock: Clock, request?: Request) {
  const traceId = randomUUID();
  const correlationId = request?.headers['client-request-id'] ?? randomUUID();
  const timestamp = `${formatTime7(clock()).slice(0, 19).replace('T', ' ')}Z`;
  const description = `AADSTS${code}: ${message}\r\nTrace ID: ${traceId}\r\nCorrelation ID: ${correlationId}\r\nTimestamp: ${timestamp}`;
  return { description, traceId, correlationId, timestamp };
}
