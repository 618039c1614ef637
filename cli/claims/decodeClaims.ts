import { decodeJwt } from 'jose';
import { z } from 'zod';
import { Failure } from '../failure';

const list = z.union([z.array(z.string()), z.string().transform((one) => [one])]);

/** Claims that are looked at; all others stay beside them. */
const shape = z.looseObject({
  aud: z.union([z.string(), z.array(z.string()).transform((several) => several.join(' '))]).optional(),
  iss: z.string().optional(),
  tid: z.string().optional(),
  oid: z.string().optional(),
  appid: z.string().optional(),
  azp: z.string().optional(),
  appidacr: z.string().optional(),
  azpacr: z.string().optional(),
  idtyp: z.string().optional(),
  upn: z.string().optional(),
  preferred_username: z.string().optional(),
  unique_name: z.string().optional(),
  name: z.string().optional(),
  scp: z.string().optional(),
  roles: list.optional(),
  nbf: z.number().optional(),
  exp: z.number().optional(),
});

export interface Claims {
  readonly audience: string | undefined;
  readonly issuer: string | undefined;
  readonly tenantId: string | undefined;
  readonly objectId: string | undefined;
  readonly clientId: string | undefined;
  /** How the client proved itself: none as a public client, with a secret, or with an assertion. */
  readonly proof: string | undefined;
  readonly username: string | undefined;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  /** Seconds since 1970. */
  readonly expiresAt: number | undefined;
  readonly all: Readonly<Record<string, unknown>>;
}

const proofs: Readonly<Record<string, string>> = {
  '0': 'none (public client)',
  '1': 'client secret',
  '2': 'certificate or federated identity',
};

/** What a token says. Its signature is for the API to check. @throws Failure where it cannot be read */
export const decodeClaims = (token: string): Claims => {
  const claims = read(token);
  const proof = claims.appidacr ?? claims.azpacr;
  return {
    audience: claims.aud,
    issuer: claims.iss,
    tenantId: claims.tid,
    objectId: claims.oid,
    clientId: claims.appid ?? claims.azp,
    proof: proof === undefined ? undefined : (proofs[proof] ?? proof),
    username: claims.upn ?? claims.preferred_username ?? claims.unique_name,
    roles: claims.roles ?? [],
    scopes: (claims.scp ?? '').split(' ').filter((scope) => scope !== ''),
    expiresAt: claims.exp,
    all: claims,
  };
};

const read = (token: string): z.output<typeof shape> => {
  try {
    return shape.parse(decodeJwt(token));
  } catch (cause) {
    throw new Failure('The token cannot be read.', { code: 'ERR_CONTRACT', cause });
  }
};
