import type { JournalEntry } from '../../model/conflict';
import type { Connection } from '../../model/connection';
import type { Link } from '../../model/link';
import type { TicketEvent } from '../../model/ticket';
import type { IncidentState } from './deliveryPlan';

export interface InboundInput {
  readonly connection: Connection;
  /** Of the tenant. */
  readonly writeBack: boolean;
  readonly link: Link;
  readonly event: TicketEvent;
  /** Read just now. */
  readonly live: IncidentState;
  /** The incident was merged into `live`, which has tickets of its own here: what becomes of this one is decided where the merge is. */
  readonly isAside?: boolean;
  /** The id of the account we write as in the tool; null: not known. */
  readonly ownAccount: string | null;
  /** Its sender is proved by a shared header alone: it may comment and propose. */
  readonly isWeak: boolean;
  /** ISO 8601 UTC. */
  readonly now: string;
}

/**
 * Why nothing of an event crosses: our own deed · overtaken by what the ticket said since · says what holds anyway · the link is stopped ·
 * the connection may not (it is in the journal) · no ticket of this link · not the ticket in step any more · the incident was merged away.
 */
export type Ignored =
  'echo' | 'old' | 'unchanged' | 'suspended' | 'notAllowed' | 'unknownTicket' | 'notInStep' | 'redirected';

/** What is changed of an incident: an `IncidentUpdate` of shared/ports.ts. */
export interface IncidentChange {
  readonly status?: string;
  readonly classification?: string;
  readonly determination?: string;
  readonly assignedTo?: string | null;
}

export interface InboundPlan {
  readonly ignored: Ignored | null;
  /** One PATCH; undefined: none. */
  readonly update?: IncidentChange;
  /** For Defender, in order. Each ends with its marker: one whose marker the live incident shows already is left out. */
  readonly comments: readonly string[];
  readonly journal: readonly JournalEntry[];
  /** To be stored after the write, through `atVersion` where the write told the incident's new version. */
  readonly link: Link;
  /** The ticket may not show what holds: its lane has to be delivered again, even if no event is pending. */
  readonly resend: boolean;
}
