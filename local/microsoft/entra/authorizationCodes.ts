import { randomBytes } from 'node:crypto';
import type { Clock, Ticks } from '../world/time7';
import { TICKS_PER_SECOND } from '../world/time7';
import type { Tenant } from '../world/incident';
import type { Registration } from './registrations';
import type { AskedScopes } from './askedScopes';
import type { SignIn } from './signIns';

/** What a user allowed at the authorize page, waiting to be fetched by the application. */
export interface Authorization {
  readonly client: Registration;
  readonly tenant: Tenant;
  readonly signIn: SignIn;
  readonly asked: AskedScopes;
  readonly redirectUri: string;
  /** S256 of the verifier, base64url; undefined where the client used none. */
  readonly codeChallenge: string | undefined;
  readonly nonce: string | undefined;
}

export interface AuthorizationCodes {
  add(authorization: Authorization): string;
  /** Uses the code up. */
  take(code: string): Authorization | 'used' | 'expired' | undefined;
}

const lifeTicks = 600n * TICKS_PER_SECOND;
const mostKept = 5_000;

export function createAuthorizationCodes(clock: Clock): AuthorizationCodes {
  const codes = new Map<string, { authorization: Authorization; until: Ticks; used: boolean }>();
  return {
    add: (authorization) => {
      const code = `1.${randomBytes(64).toString('base64url')}`;
      codes.set(code, { authorization, until: clock() + lifeTicks, used: false });
      const [oldest] = codes.keys();
      if (codes.size > mostKept && oldest !== undefined) codes.delete(oldest);
      return code;
    },
    take: (code) => {
      const entry = codes.get(code);
      if (entry === undefined) return undefined;
      if (entry.used) return 'used';
      if (entry.until <= clock()) return 'expired';
      entry.used = true;
      return entry.authorization;
    },
  };
}
