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
  ) {
    super(message);
  }
}

/** Entra leads to a page of explanations for some refusals only. */
const explained = new Set([7000215, 7000222, 7000218, 90002, 700016]);

/** @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
export function entraErrorAnswer(request: Request, clock: Clock, { status, error, code, message }: EntraError): Answer {
  const traceId = randomUUID();
  const correlationId = request.headers['client-request-id'] ?? randomUUID();
  const timestamp = `${formatTime7(clock()).slice(0, 19).replace('T', ' ')}Z`;
  const body = {
    error,
    error_description: `AADSTS${code}: ${message}\r\nTrace ID: ${traceId}\r\nCorrelation ID: ${correlationId}\r\nTimestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    ...(explained.has(code) ? { error_uri: `https://login.microsoftonline.com/error?code=${code}` } : {}),
  };
  return jsonAnswer(status, body);
}
