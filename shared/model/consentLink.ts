import type { RegistrationName } from './registration';

/** A link for an administrator of one tenant, to let one of our registrations in. The link itself is kept by whoever got it. */
export interface ConsentLink {
  /** SHA-256 of its id, in hex. */
  readonly hash: string;
  readonly tenantId: string;
  readonly registration: RegistrationName;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  /** Object id of whoever asked for it. */
  readonly createdBy: string;
  /** ISO 8601 UTC. */
  readonly expiresAt: string;
  /** ISO 8601 UTC; null: it has not led to consent yet. */
  readonly usedAt: string | null;
}

/** A link is `open` until it led to consent once, or its time is over. */
export type ConsentLinkState = 'open' | 'used' | 'expired';

export const consentLinkState = ({ usedAt, expiresAt }: ConsentLink, nowMs: number): ConsentLinkState => {
  if (usedAt !== null) return 'used';
  return Date.parse(expiresAt) > nowMs ? 'open' : 'expired';
};
