import type { SyncedField } from './connection';
import type { SyncedValues, TicketRef } from './ticket';
import type { Time7 } from './time7';

/** One ticket of an incident in one connection. */
export interface LinkedTicket extends TicketRef {
  /** 1 for the first opening, 2 for the first follow-up … */
  readonly generation: number;
  /** `absorbed`: closed because its incident was merged into another. */
  readonly state: 'open' | 'closed' | 'absorbed' | 'deleted';
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  /** Of the tool, newest taken in; null: none yet. */
  readonly version: string | null;
}

/** A value of ours that was written to one side, by which its echo is known. */
export interface LedgerEntry {
  readonly writeId: string;
  readonly side: 'defender' | 'ticket';
  readonly field: SyncedField | 'comment';
  /** Of a comment: the hash of its text. */
  readonly value: string | null;
  /** Milliseconds since 1970; after it the entry says nothing. */
  readonly untilMs: number;
  /** Names the event that was its echo: this one, should it come again, and no other. */
  readonly echo?: string | undefined;
}

/** How one incident and its tickets in one connection stand: row `l_<connection>_<incident>`. */
export interface Link {
  readonly tenantId: string;
  /** `targetIdOf` its connection. */
  readonly targetId: string;
  readonly incidentId: string;
  /** Oldest first; the last one is the one in step. Empty: none was made yet. */
  readonly tickets: readonly LinkedTicket[];
  /** What both sides agreed on last. */
  readonly base: SyncedValues;
  /** When each field's value was last set, by the clock of the side that set it; ISO 8601 UTC. For `latest`. */
  readonly setAt: Readonly<Partial<Record<SyncedField, string>>>;
  /** Newest version of the incident that was delivered; null: none. */
  readonly version: Time7 | null;
  /** What besides the synced fields the ticket was last told (title, severity, tags, fields), hashed, so that equal content is not written. */
  readonly told: string | null;
  readonly ledger: readonly LedgerEntry[];
  /** Hashes of comments that are on both sides, newest last, 200 at the most. */
  readonly comments: readonly string[];
  /** Applied changes of late, newest last, for the breaker. */
  readonly applied: readonly {
    readonly atMs: number;
    readonly field: SyncedField;
    readonly value: string | null;
    readonly from: 'defender' | 'ticket';
    /** Of a write to the ticket: what both sides agreed on until then; undefined: nobody knows what the ticket held. */
    readonly over?: string | null | undefined;
  }[];
  /** Nothing crosses any more until an Analyst lets it; null: it does. */
  readonly suspended: { readonly since: string; readonly because: string } | null;
  /** A ticket is being made under this key; if it is still here later, it may exist: look it up first. */
  readonly intent: {
    readonly key: string;
    readonly at: string;
    /** The link as it will be once that ticket is there; its newest ticket's id, number and url are still empty. */
    readonly then?: Omit<Link, 'intent'>;
  } | null;
  /** This incident's ticket is the one of a storm, told by its key; null: its own. */
  readonly storm: string | null;
  /** When it was first taken up for a ticket, ISO 8601 UTC; kept where its connection has a limit for storms. */
  readonly heardAt?: string;
  /** Newest version of the incident that a write of ours has shown: one that is stored and older is out of date. */
  readonly seen?: Time7;
  /** What the ticket said last of each field, in its own words, taken over or not. */
  readonly said?: Readonly<Partial<Record<SyncedField, TicketSaid>>>;
  /**
   * Fields of which a write to the ticket was tried and no answer taken in, with the time of the try (ISO 8601 UTC): it may hold either value.
   * What was tried is in the ledger. `line`: of a storm's ticket, where a comment tells the state.
   */
  readonly unsure?: Readonly<Partial<Record<'status' | 'assignedTo' | 'line', string>>>;
}

export interface TicketSaid {
  readonly value: string | null;
  /** Of the ticket; null where the tool gives none. */
  readonly version: string | null;
  /** ISO 8601 UTC by the tool's clock. */
  readonly at: string;
  /** A value of ours was written over it since. */
  readonly isOverwritten: boolean;
}

/** A link as it was read. */
export interface FoundLink {
  readonly link: Link;
  readonly etag: string;
  /** Of the attempt that holds the lane; null: nobody. Judged by `writtenAt` and `readAt`, the storage's own clock. */
  readonly claimedBy: string | null;
  readonly writtenAt: Time7;
  readonly readAt: Time7 | undefined;
}

export const newLink = (tenantId: string, targetId: string, incidentId: string): Link => ({
  tenantId,
  targetId,
  incidentId,
  tickets: [],
  base: {},
  setAt: {},
  version: null,
  told: null,
  ledger: [],
  comments: [],
  applied: [],
  suspended: null,
  intent: null,
  storm: null,
});
