import type { CallPermits, IncomingAnswer, OutgoingRequest, Send, TenantTokens } from '../ports';

export interface TenantAccess {
  readonly tenantId: string;
  readonly scope: string;
  readonly send: Send;
  readonly tokens: TenantTokens;
  readonly permits: CallPermits;
}

const usualTimeoutMs = 60_000;

/**
 * One GET in a tenant's name, each call with a permit of its own. A 401 is tried once more with a fresh token; a second one stands.
 * @throws CallsSpent · what the token provider and `send` throw
 */
export const askTenant = (
  access: TenantAccess,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<IncomingAnswer> => exchange(access, { method: 'GET', url, headers, timeoutMs: usualTimeoutMs });

/** One POST of JSON by the same rules: what a 401 answers was not done, so it may be sent again. Throws like `askTenant`. */
export const postTenant = (
  access: TenantAccess,
  url: string,
  body: object,
  timeoutMs = usualTimeoutMs,
): Promise<IncomingAnswer> => {
  const headers = { 'content-type': 'application/json' };
  return exchange(access, { method: 'POST', url, headers, body: JSON.stringify(body), timeoutMs });
};

/** One PATCH of JSON, likewise. */
export const patchTenant = (
  access: TenantAccess,
  url: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<IncomingAnswer> =>
  exchange(access, {
    method: 'PATCH',
    url,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    timeoutMs: usualTimeoutMs,
  });

const exchange = async (access: TenantAccess, request: OutgoingRequest): Promise<IncomingAnswer> => {
  const first = await askOnce(access, request);
  if (first.status !== 401) return first;
  access.tokens.forget(access.scope);
  return askOnce(access, request);
};

const askOnce = async (
  { scope, send, tokens, permits }: TenantAccess,
  request: OutgoingRequest,
): Promise<IncomingAnswer> => {
  const { token } = await tokens.getToken(scope);
  // Last, so that a permit taken is a call made.
  await permits.take();
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json', ...request.headers };
  return send({ ...request, headers });
};
