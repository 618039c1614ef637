import type { Time7 } from './time7';

/** What became of an incident, in the short names connections use. @see design section 7 */
export type EventType = 'created' | 'updated' | 'resolved' | 'reopened' | 'merged';

/** Whom a tenant's changes are told. */
export interface Target {
  readonly connectionId: string;
  /** Nothing last updated before this is announced. */
  readonly since: Time7;
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
