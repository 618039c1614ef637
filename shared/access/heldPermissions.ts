import { decodeJwt } from 'jose';
import { z } from 'zod';
import type { TokenKind } from './permissions';

const claims = z.object({
  roles: z.array(z.string()).catch([]),
  scp: z.string().catch(''),
  exp: z.number().optional().catch(undefined),
});

export interface HeldPermissions {
  readonly permissions: readonly string[];
  /** Seconds since 1970. */
  readonly expiresAtEpochSeconds: number | undefined;
}

/** What a token of ours says it allows; undefined where it cannot be read. Whose it is was checked when it came. */
export const heldPermissions = (token: string, kind: TokenKind): HeldPermissions | undefined => {
  try {
    const { roles, scp, exp } = claims.parse(decodeJwt(token));
    const permissions = kind === 'application' ? roles : scp.split(' ').filter((scope) => scope !== '');
    return { permissions, expiresAtEpochSeconds: exp };
  } catch {
    return undefined;
  }
};
