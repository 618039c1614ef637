import type { HttpResponseInit } from '@azure/functions';

/** What a handler says; the wrapper adds the headers every answer carries. */
export interface Answer {
  readonly status: number;
  /** JSON; undefined: no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const ok = (body: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status: 200,
  body,
  headers,
});
export const created = (body: unknown): Answer => ({ status: 201, body });
export const accepted = (body: unknown): Answer => ({ status: 202, body });
export const noBody = (): Answer => ({ status: 204 });

const always = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** The worker's own `jsonBody` drops null and a bare object in `body` becomes "[object Object]": so the text is made here. */
export const toResponse = ({ status, body, headers = {} }: Answer, requestId: string): HttpResponseInit => ({
  status,
  headers: {
    ...always,
    'x-request-id': requestId,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});
