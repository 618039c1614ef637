import type { CryptoKey, JSONWebKeySet, JWSHeaderParameters } from 'jose';
import { createLocalJWKSet, errors } from 'jose';
import { z } from 'zod';
import { messageOf, TokenError, UpstreamError } from '../../errors';
import type { Clock, Send } from '../../ports';

/** The issuer's public keys. @throws TokenError (no such key) · UpstreamError (the keys cannot be had) */
export type SigningKeys = (header: JWSHeaderParameters) => Promise<CryptoKey>;

const fetchTimeoutMs = 10_000;
/** An unknown key id may mean a turned key; asked at most this often, so that made-up ids cannot make us storm the issuer. */
const minRefetchMs = 60_000;
/** While no key is held at all, every request waits for them: try sooner. */
const minFirstFetchMs = 5_000;
const maxAgeMs = 24 * 3_600_000;

const discoveryDocument = z.object({ jwks_uri: z.url() });
const keyDocument = z.object({
  keys: z.array(
    z.looseObject({
      kty: z.string(),
      kid: z.string().optional(),
      use: z.string().optional(),
      n: z.string().optional(),
      e: z.string().optional(),
    }),
  ),
});

interface Held {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly fetchedAtMs: number;
}

/** Keys by way of the discovery document of `tenantId` under `authority`; kept for 24 hours, and the last good ones through an outage. */
export const issuerKeys = (send: Send, clock: Clock, authority: string, tenantId: string): SigningKeys => {
  let held: Held | undefined;
  let lastTryMs: number | undefined;
  let failure: UpstreamError | undefined;
  let pending: Promise<void> | undefined;

  const refetch = async (): Promise<void> => {
    lastTryMs = clock.elapsedMs();
    try {
      const keys = await fetchKeys(send, authority, tenantId);
      held = { find: createLocalJWKSet(keys), fetchedAtMs: clock.elapsedMs() };
      failure = undefined;
    } catch (cause) {
      failure = new UpstreamError('The keys of the token issuer cannot be had', { cause });
    }
  };
  const refetchOnce = async (): Promise<void> => {
    const wait = held === undefined ? minFirstFetchMs : minRefetchMs;
    if (pending === undefined && lastTryMs !== undefined && clock.elapsedMs() - lastTryMs < wait) return;
    pending ??= refetch().finally(() => (pending = undefined));
    await pending;
  };

  return async (header) => {
    if (held === undefined || clock.elapsedMs() - held.fetchedAtMs > maxAgeMs) await refetchOnce();
    const before = held;
    const known = await matching(before, header);
    if (known !== undefined) return known;
    await refetchOnce();
    const fresh = held === before ? undefined : await matching(held, header);
    if (fresh !== undefined) return fresh;
    throw failure ?? new TokenError('The token is signed with a key its issuer does not publish');
  };
};

const matching = async (held: Held | undefined, header: JWSHeaderParameters): Promise<CryptoKey | undefined> => {
  try {
    return await held?.find(header);
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return undefined;
    throw error;
  }
};

const fetchKeys = async (send: Send, authority: string, tenantId: string): Promise<JSONWebKeySet> => {
  const discovery = await getJson(
    send,
    `${authority}/${tenantId}/v2.0/.well-known/openid-configuration`,
    discoveryDocument,
  );
  if (new URL(discovery.jwks_uri).origin !== new URL(authority).origin)
    throw new UpstreamError('The discovery document points at keys on another host than the authority');
  const { keys } = await getJson(send, discovery.jwks_uri, keyDocument);
  return {
    keys: keys.flatMap(({ kty, kid, use, n, e }) =>
      isRsaForSigning(kty, use) && kid && n && e ? [{ kty, kid, n, e }] : [],
    ),
  };
};

const isRsaForSigning = (kty: string, use: string | undefined): boolean => kty === 'RSA' && (use ?? 'sig') === 'sig';

const getJson = async <T>(send: Send, url: string, shape: z.ZodType<T>): Promise<T> => {
  const answer = await send({ method: 'GET', url, headers: { accept: 'application/json' }, timeoutMs: fetchTimeoutMs });
  if (answer.status !== 200) throw new UpstreamError(`The token issuer answered ${answer.status}`);
  try {
    return shape.parse(JSON.parse(answer.body));
  } catch (error) {
    throw new UpstreamError(`The token issuer sent what we do not understand: ${messageOf(error)}`, { cause: error });
  }
};
