import type { Time7 } from './time7';

/** What became of an incident, in the short names connections use. @see design section 7 */
export type EventType = 'created' | 'updated' | 'resolved' | 'reopened' | 'merged';

/** Whom a tenant's changes are told. */
export interface Target {
  /** `targetIdOf` the connection. */
  readonly connectionId: string;
  /** Nothing last updated before this is announced. */
  readonly since: Time7;
  /** But for what is open, whenever that was. Left out: not even that. */
  readonly backlog?: 'open';
  /** Every version is sent as it was, so each event keeps its own body. Left out: the newest is enough. */
  readonly keepsVersions?: boolean;
}

/** One event for one target, row `o_<incident>_<connection>_<version>`. */
export interface OutboxEvent {
  /** The same after a retry, a replay and a rebuild. */
  readonly eventId: string;
  readonly tenantId: string;
  readonly connectionId: string;
  readonly incidentId: string;
  readonly type: EventType;
  readonly version: Time7;
  readonly watchedDigest: string;
}

/** `superseded`: a newer version, or nothing at all, was to be said. `dead`: given up, with its reason; a replay revives it. */
export type DeliveryState = 'pending' | 'delivered' | 'superseded' | 'dead';

/** What the last try came to. */
export interface DeliveryOutcome {
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Of the target's answer; null where there was none. */
  readonly status: number | null;
  /** Null: it was taken. */
  readonly reason: string | null;
}

/** How an event fares. */
export interface Delivery extends OutboxEvent {
  readonly state: DeliveryState;
  /** Tries so far. */
  readonly attempts: number;
  /** ISO 8601 UTC; null: as soon as its turn comes, or never again. */
  readonly nextAttempt: string | null;
  readonly lastOutcome: DeliveryOutcome | null;
  /** Asked for by a person: sent again though the target has it. */
  readonly isReplay: boolean;
}
