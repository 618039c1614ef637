import type { KeyObject } from 'node:crypto';
import { createHash, generateKeyPair, verify as verifySignature } from 'node:crypto';
import { promisify } from 'node:util';
import type { JWK, JWTPayload } from 'jose';
import { exportJWK, SignJWT } from 'jose';

export interface Tokens {
  /** The key relying parties check signatures with, as the JWKS shows it. */
  readonly publicJwk: JWK & { kid: string };
  /** An RS256 token with exactly these claims. */
  sign(claims: JWTPayload): Promise<string>;
  /** The claims of a token we signed, whatever they say; undefined for any other text. Audience and times are for the caller to check. */
  verify(token: string): JWTPayload | undefined;
}

const keptTokens = 20_000;

/** A signing key of its own for each start, so that tokens of an earlier one are refused. */
export async function createTokens(): Promise<Tokens> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const exported = await exportJWK(publicKey);
  const kid = createHash('sha1')
    .update(exported.n ?? '')
    .digest('base64url');
  const header = { typ: 'JWT', alg: 'RS256', kid, x5t: kid };
  // A caller sends one token thousands of times; the signature need not be computed anew for each.
  const verified = new Map<string, JWTPayload>();
  return {
    publicJwk: { ...exported, kid, use: 'sig', alg: 'RS256', x5t: kid },
    sign: (claims) => new SignJWT(claims).setProtectedHeader(header).sign(privateKey),
    verify: (token) => {
      const known = verified.get(token);
      if (known !== undefined) return known;
      const claims = readToken(token, publicKey, kid);
      if (claims === undefined) return undefined;
      if (verified.size >= keptTokens) verified.clear();
      verified.set(token, claims);
      return claims;
    },
  };
}

function readToken(token: string, publicKey: KeyObject, kid: string): JWTPayload | undefined {
  const [header, payload, signature, ...more] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) return undefined;
  const { alg, kid: usedKid } = parseObject(header) ?? {};
  // The algorithm is ours to name, never the token's.
  if (alg !== 'RS256' || usedKid !== kid) return undefined;
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verifySignature('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url'))) return undefined;
  return parseObject(payload);
}

function parseObject(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
