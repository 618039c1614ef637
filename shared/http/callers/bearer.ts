import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { Config } from '../../config';
import { AppError, TokenError } from '../../errors';
import type { Clock, Send } from '../../ports';
import type { Caller } from './caller';
import { callerFromClaims } from './caller';
import type { SigningKeys } from './signingKeys';
import { issuerKeys } from './signingKeys';

export interface BearerValidator {
  /**
   * The caller named by the value of the Authorization header (null: none was sent).
   * @throws TokenError · UpstreamError (the issuer's keys cannot be had, so nothing can be said about the token)
   */
  validate(authorization: string | null): Promise<Caller>;
}

export interface BearerDeps {
  readonly config: Pick<Config, 'endpoints' | 'home' | 'api'>;
  readonly clock: Clock;
  readonly send: Send;
}

/** Entra's own clock and ours may differ by so much. */
const clockToleranceSeconds = 5 * 60;
const maxTokenChars = 16 * 1024;
/** One scheme, one compact token: two Authorization headers arrive joined by a comma and do not fit. */
const bearerShape = /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i;
/** Claims of ID tokens: those tell an app who signed in and open no API. */
const idTokenClaims = ['nonce', 'c_hash', 'at_hash'];
const guid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

/** Entra access tokens for this API: RS256 only, keys from the home tenant's discovery document, audience, issuer, tenant and times checked. */
export const createBearerValidator = ({ config, clock, send }: BearerDeps): BearerValidator => {
  const keys = issuerKeys(send, clock, config.endpoints.authority, config.home.tenantId);
  return {
    validate: async (authorization) => {
      const token = bearerToken(authorization);
      assertHeader(token);
      const payload = await verify(token, keys, config.api, clock);
      const found = callerFromClaims(payload);
      if (found === undefined) throw new TokenError('The token lacks a claim this API depends on');
      if (found.caller.tenantId !== tenantOfIssuer(found.issuer, config.home.tenantId))
        throw new TokenError('The token names another tenant than its issuer');
      return found.caller;
    },
  };
};

/** The one token of an Authorization header, unchecked. @throws TokenError */
export const bearerToken = (authorization: string | null): string => {
  if (authorization === null) throw new TokenError('No access token was sent');
  if (authorization.length > maxTokenChars) throw new TokenError('The token is too long');
  const token = bearerShape.exec(authorization)?.[1];
  if (token === undefined) throw new TokenError('The Authorization header does not hold one bearer token');
  return token;
};

/** Said here as well as to the library: what the header asks for never decides how it is checked. */
const assertHeader = (token: string): void => {
  const header = protectedHeader(token);
  if (header.alg !== 'RS256') throw new TokenError('The token is not signed with RS256');
  if (typeof header.kid !== 'string') throw new TokenError('The token does not name its key');
  if (header.crit !== undefined) throw new TokenError('The token demands extensions that are not known here');
};

const protectedHeader = (token: string): ReturnType<typeof decodeProtectedHeader> => {
  try {
    return decodeProtectedHeader(token);
  } catch (cause) {
    throw new TokenError('The token cannot be read', { cause });
  }
};

const verify = async (token: string, keys: SigningKeys, api: Config['api'], clock: Clock): Promise<unknown> => {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['RS256'],
      issuer: [...api.issuers],
      audience: [...api.audiences],
      requiredClaims: ['exp', 'nbf'],
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(clock.now()),
    });
    if (idTokenClaims.some((claim) => Object.hasOwn(payload, claim))) throw new TokenError('This is an ID token');
    return payload;
  } catch (error) {
    if (error instanceof AppError || !(error instanceof errors.JOSEError)) throw error;
    throw new TokenError(`The token does not hold (${error.code})`, { cause: error });
  }
};

/** Entra's issuers carry their tenant's id; one that does not may speak for the home tenant only. */
const tenantOfIssuer = (issuer: string, homeTenantId: string): string =>
  (guid.exec(issuer)?.[0] ?? homeTenantId).toLowerCase();
