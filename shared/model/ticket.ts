import type { SyncedField } from './connection';

/** A ticket's state in words of our own; every tool's states are mapped to these. */
export type TicketStatus = 'new' | 'inProgress' | 'waiting' | 'resolved' | 'cancelled';

/** A ticket as its tool names it. */
export interface TicketRef {
  /** What the tool's API takes and its webhooks say. */
  readonly ticketId: string;
  /** What people say (`INC0010023`, `SEC-17`); the id where the tool has no other. */
  readonly number: string;
  /** Where people open it. */
  readonly url: string | null;
}

/** A comment on its way into a ticket: plain text, encoded by the tool's own `toTicket`. */
export interface OutgoingComment {
  /** Of ours, in the text and in the ledger: by it an echo is known. */
  readonly writeId: string;
  readonly text: string;
  readonly visibility: 'internal' | 'public';
}

/** All that a new ticket says, in plain text and words of our own. */
export interface TicketContent {
  /** `<tenantId>:<incidentId>`, `:2` … for later openings: by it the ticket is found again. */
  readonly key: string;
  readonly title: string;
  readonly description: string;
  /** Defender's word (`high` …), and the tool's where the mapping has one. */
  readonly severity: string;
  readonly toolSeverity?: string;
  readonly status: TicketStatus;
  /** The tool's id of a person; undefined: not written. */
  readonly assignee?: string;
  readonly tags: readonly string[];
  /** Where the incident is opened. */
  readonly incidentUrl: string | null;
  /** The tool's own field names, their values out of the mapping's templates. */
  readonly fields: Readonly<Record<string, string>>;
  readonly comments: readonly OutgoingComment[];
  /** Of a resolved one, in the tool's words. */
  readonly closeCode?: string;
}

/** What changes in a ticket, all in one call where the tool allows; what is undefined stays as it is. */
export interface TicketChange {
  readonly key: string;
  readonly title?: string;
  readonly description?: string;
  readonly severity?: string;
  readonly toolSeverity?: string;
  readonly status?: TicketStatus;
  /** The tool's id of a person; null: nobody any more, where the tool can be without. */
  readonly assignee?: string | null;
  readonly tags?: readonly string[];
  readonly fields?: Readonly<Record<string, string>>;
  readonly comments: readonly OutgoingComment[];
  readonly closeCode?: string;
  /** Why it is resolved, for tools that want a note. */
  readonly closeNote?: string;
  /** It was absorbed: closed as a duplicate of this one where the tool knows that. */
  readonly duplicateOf?: TicketRef;
}

/** A ticket as its tool shows it now. */
export interface TicketSnapshot extends TicketRef {
  /** Our key as the tool holds it; null: none. */
  readonly key: string | null;
  readonly status: TicketStatus;
  /** The tool's own word. */
  readonly rawStatus: string;
  readonly resolution: string | null;
  /** The tool's id of a person. */
  readonly assignee: string | null;
  readonly updatedAt: string;
  /** Grows with every change, compared as text or number by `compareVersions`. */
  readonly version: string;
  readonly updatedBy: string | null;
}

/** A comment of a ticket as its tool lists it. */
export interface TicketComment {
  /** As the tool's webhooks call it; null where they do not name it. */
  readonly id: string | null;
  readonly text: string;
  readonly visibility: 'internal' | 'public';
  readonly author: TicketActor | null;
  /** When it was written; ISO 8601 UTC by the tool's clock. */
  readonly at: string;
}

/** Whoever did something in a tool. */
export interface TicketActor {
  readonly id: string;
  readonly name: string | null;
}

/** What happened to a ticket, as a webhook of the tool or our own look at it tells. */
export interface TicketEvent {
  readonly ticketId: string;
  readonly kind: 'updated' | 'closed' | 'reopened' | 'commented' | 'deleted';
  /** Null where the tool does not say: then it proves nothing. */
  readonly actor: TicketActor | null;
  /** ISO 8601 UTC by the tool's clock. */
  readonly occurredAt: string;
  /** Of the ticket after it; null where the tool gives none. */
  readonly version: string | null;
  /** Only what the event says of them. */
  readonly status?: TicketStatus;
  readonly rawStatus?: string;
  readonly resolution?: string;
  readonly classification?: string;
  readonly determination?: string;
  /** The tool's id of a person; null: nobody. */
  readonly assignee?: string | null;
  readonly comment?: { readonly id: string | null; readonly text: string; readonly visibility: 'internal' | 'public' };
}

/** What both sides agreed on last, by field. */
export type SyncedValues = Readonly<Partial<Record<SyncedField, string | null>>>;
