import type { IncomingMessage } from 'node:http';
import type { HttpData, NullableString, TypedData } from '../rpc';
import { formatCookie } from './cookie';

/** The request in the worker's shape; `url` is absolute, `body` the raw bytes or undefined for none. */
export function toRpcRequest(
  request: IncomingMessage,
  url: URL,
  params: Record<string, string>,
  body: Buffer | undefined,
): HttpData {
  return {
    method: request.method ?? 'GET',
    url: url.href,
    nullableHeaders: nullable(readHeaders(request)),
    nullableParams: nullable(Object.entries(params)),
    nullableQuery: nullable(readQuery(url)),
    ...(body ? { body: { bytes: body } } : {}),
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: [name: string, value: string][];
  readonly body: Buffer | undefined;
}

const bodiless = new Set([204, 205, 304]);
/** Set by the server itself, from what it sends. */
const ownHeaders = new Set(['content-length', 'transfer-encoding', 'connection', 'keep-alive']);

/** The answer of an HTTP function. No answer at all is 204; a status outside 200 to 599 is 500, as in the real host. */
export function fromRpcResponse(data: TypedData | null | undefined): Answer {
  const http = data?.http;
  if (!http) return { status: 204, headers: [], body: undefined };
  const status = Number(http.statusCode ?? 200);
  if (!Number.isInteger(status) || status < 200 || status > 599) return { status: 500, headers: [], body: undefined };
  const headers = Object.entries(http.headers ?? {}).filter(([name]) => !ownHeaders.has(name.toLowerCase()));
  const cookies = (http.cookies ?? []).map((cookie): [string, string] => ['set-cookie', formatCookie(cookie)]);
  return { status, headers: [...headers, ...cookies], body: bodiless.has(status) ? undefined : toBytes(http.body) };
}

function toBytes(body: TypedData | null | undefined): Buffer {
  if (body?.bytes) return Buffer.from(body.bytes);
  return Buffer.from(body?.string ?? body?.json ?? '');
}

function readHeaders(request: IncomingMessage): [string, string][] {
  return Object.entries(request.headers).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return [];
    return [[name, Array.isArray(value) ? value.join(',') : value]];
  });
}

/** A key given twice becomes one value joined by a comma, as in the host's query collection. */
function readQuery(url: URL): [string, string][] {
  const query = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    const earlier = query.get(name);
    query.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return [...query];
}

function nullable(values: [string, string][]): Record<string, NullableString> {
  return Object.fromEntries(values.map(([name, value]) => [name, { value }]));
}
