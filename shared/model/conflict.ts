import type { SyncedField } from './connection';

/**
 * What people find in an incident's journal, row `c_<incident>_<time>`: a value that was overruled, a change that a connection may not make
 * by itself and an Analyst decides on, or a link that was stopped.
 */
export interface JournalEntry {
  readonly entryId: string;
  readonly tenantId: string;
  readonly incidentId: string;
  readonly targetId: string;
  readonly kind: 'overruled' | 'proposal' | 'suspended' | 'comment';
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Null of a comment or a stopped link. */
  readonly field: SyncedField | null;
  /** What was overruled, or is proposed. */
  readonly value: string | null;
  /** What holds instead. */
  readonly holds: string | null;
  /** Whose value it was: the side, and the person where known. */
  readonly side: 'defender' | 'ticket';
  readonly actor: string | null;
  /** In one sentence. */
  readonly because: string;
  /** Of a proposal: all it would change at once (status with classification and determination). */
  readonly change?: Readonly<Partial<Record<SyncedField, string | null>>>;
  readonly state: 'open' | 'accepted' | 'dismissed' | 'reversed' | 'noted';
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
}
