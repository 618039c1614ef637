export type AccessState = 'pending' | 'granted' | 'partial' | 'blocked';

/** What our registrations may do in one tenant, and since when we are held off (a 429 of Defender's). */
export interface Access {
  readonly state: AccessState;
  /** One of AccessReason or CredentialReason; null while nothing is wrong. */
  readonly reason: string | null;
  readonly code: string | null;
  /** What the other side said, for the reader. */
  readonly raw: string | null;
  readonly cure: string | null;
  readonly link: string | null;
  /** ISO 8601 UTC; empty: never asked. */
  readonly since: string;
  /** No call before this instant: a throttle's wait, or the next probe of a blocked tenant. ISO 8601 UTC. */
  readonly blockedUntil: string | null;
  /** Of a blocked tenant: no call before this instant even where someone asks for a probe. ISO 8601 UTC; missing: none. */
  readonly throttledUntil?: string;
}

/** Where nobody has asked Entra yet. */
export const pendingAccess: Access = {
  state: 'pending',
  reason: null,
  code: null,
  raw: null,
  cure: null,
  link: null,
  since: '',
  blockedUntil: null,
};
