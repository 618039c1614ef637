import type { HttpResponseInit } from '@azure/functions';

/** What a handler says; the wrapper adds the headers every answer carries. */
export interface Answer {
  readonly status: number;
  /** JSON; undefined: no body. */
  readonly body?: unknown;
  /** A whole document for people, in place of `body`. */
  readonly html?: string;
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
export const toResponse = ({ status, body, html, headers = {} }: Answer, requestId: string): HttpResponseInit => ({
  status,
  headers: { ...always, 'x-request-id': requestId, ...typeOf(body, html), ...headers },
  ...(html === undefined ? {} : { body: html }),
  ...(body === undefined || html !== undefined ? {} : { body: JSON.stringify(body) }),
});

const typeOf = (body: unknown, html: string | undefined): Record<string, string> => {
  if (html !== undefined) return { 'content-type': 'text/html; charset=utf-8' };
  return body === undefined ? {} : { 'content-type': 'application/json' };
};
