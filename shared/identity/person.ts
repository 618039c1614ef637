import { decodeJwt } from 'jose';
import { z } from 'zod';
import { TokenError } from '../errors';

/** Whom a token for our API speaks for. */
export interface Person {
  readonly objectId: string;
  readonly tenantId: string;
  /** Of the token. */
  readonly expiresAtMs: number;
}

const claims = z.object({
  oid: z.string().toLowerCase(),
  tid: z.string().toLowerCase(),
  exp: z.number(),
  scp: z.string().min(1),
  idtyp: z.string().optional(),
});

/** Of a token whose signature was checked where it came in. @throws TokenError where it is no person's */
export const personOf = (assertion: string): Person => {
  const parsed = claims.safeParse(decoded(assertion));
  if (!parsed.success || parsed.data.idtyp === 'app') throw new TokenError('The token is no person’s');
  const { oid, tid, exp } = parsed.data;
  return { objectId: oid, tenantId: tid, expiresAtMs: exp * 1000 };
};

const decoded = (assertion: string): unknown => {
  try {
    return decodeJwt(assertion);
  } catch (cause) {
    throw new TokenError('The token cannot be read', { cause });
  }
};
