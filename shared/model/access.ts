export type AccessState = 'pending' | 'granted' | 'partial' | 'blocked';

/** What our registrations may do in one tenant, and since when we are held off (a 429 of Defender's). */
export interface Access {
  readonly state: AccessState;
  /** One of AccessReason or `credentialRejected`; null while nothing is wrong. */
  readonly reason: string | null;
  readonly code: string | null;
  /** What the other side said, for the reader. */
  readonly raw: string | null;
  readonly cure: string | null;
  readonly link: string | null;
  /** ISO 8601 UTC. */
  readonly since: string;
  /** No call before this instant: a throttle's wait, or the next probe of a blocked tenant. ISO 8601 UTC. */
  readonly blockedUntil: string | null;
}
