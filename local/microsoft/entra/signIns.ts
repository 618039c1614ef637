import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock, Ticks } from '../world/time7';
import { TICKS_PER_SECOND } from '../world/time7';
import type { Registration } from './registrations';
import type { User } from './users';

/** One time that a user signed in. */
export interface SignIn {
  /** The `sid` of its tokens. */
  readonly id: string;
  readonly user: User;
  /** With a second factor. */
  readonly mfa: boolean;
  readonly at: Ticks;
}

export interface RefreshToken {
  readonly signIn: SignIn;
  readonly client: Registration;
  readonly usableUntil: Ticks;
}

/** Who signed in, and the refresh tokens that came of it. A token stays good beside the one that follows it, as in Entra. */
export interface SignIns {
  begin(user: User, mfa: boolean): SignIn;
  find(id: unknown): SignIn | undefined;
  newRefreshToken(signIn: SignIn, client: Registration): string;
  refreshToken(text: string): RefreshToken | undefined;
}

const ninetyDays = 90n * 86_400n * TICKS_PER_SECOND;
const mostKept = 20_000;

export function createSignIns(clock: Clock): SignIns {
  const signIns = new Map<string, SignIn>();
  const refreshTokens = new Map<string, RefreshToken>();
  return {
    begin: (user, mfa) => {
      const signIn = { id: randomUUID(), user, mfa, at: clock() };
      keep(signIns, signIn.id, signIn);
      return signIn;
    },
    find: (id) => (typeof id === 'string' ? signIns.get(id) : undefined),
    newRefreshToken: (signIn, client) => {
      const text = `1.${randomBytes(96).toString('base64url')}`;
      keep(refreshTokens, text, { signIn, client, usableUntil: clock() + ninetyDays });
      return text;
    },
    refreshToken: (text) => refreshTokens.get(text),
  };
}

function keep<T>(kept: Map<string, T>, key: string, value: T): void {
  kept.set(key, value);
  if (kept.size <= mostKept) return;
  const [oldest] = kept.keys();
  if (oldest !== undefined) kept.delete(oldest);
}
