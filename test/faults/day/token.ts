export interface ReadToken {
  readonly tenantId: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

const coded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token with the claims the relay looks at; its signature is nobody's business here. */
export const writeToken = (
  claims: { readonly tenantId: string; readonly clientId: string; readonly audience: string },
  issuedAtMs: number,
  expiresAtMs: number,
): string =>
  [
    coded({ alg: 'none', typ: 'JWT' }),
    coded({
      tid: claims.tenantId,
      aud: claims.audience,
      appid: claims.clientId,
      iat: Math.floor(issuedAtMs / 1000),
      exp: Math.floor(expiresAtMs / 1000),
      issuedAtMs,
    }),
    'none',
  ].join('.');

export const readToken = (authorization: string | undefined): ReadToken | undefined => {
  const [, payload = ''] = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1]?.split('.') ?? [];
  if (payload === '') return undefined;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>;
  return {
    tenantId: String(claims.tid),
    issuedAtMs: Number(claims.issuedAtMs),
    expiresAtMs: Number(claims.exp) * 1000,
  };
};
