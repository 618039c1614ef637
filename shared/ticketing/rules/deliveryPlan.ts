import type { JournalEntry } from '../../model/conflict';
import type { Connection } from '../../model/connection';
import type { IncidentHeader, JsonObject } from '../../model/incident';
import type { Link } from '../../model/link';
import type { OutboxEvent } from '../../model/outbox';
import type { Tenant } from '../../model/tenant';
import type { TicketChange, TicketContent, TicketRef } from '../../model/ticket';
import type { Time7 } from '../../model/time7';

/** An incident as it stands; what the tenant's contract withholds (`never`) is no longer in it. */
export interface IncidentState {
  readonly header: IncidentHeader;
  readonly body: JsonObject;
  readonly version: Time7;
}

/** One ticket for all that a storm brings. */
export interface StormTicket {
  readonly key: string;
  /** Undefined: none was made yet. */
  readonly ticket?: TicketRef;
}

export interface DeliveryInput {
  readonly connection: Connection;
  readonly tenant: Pick<Tenant, 'tenantId' | 'name' | 'groups' | 'attributes'>;
  /** The newest that is stored. */
  readonly incident: IncidentState;
  /** Pending ones of the lane, oldest first; empty: compare all the same. */
  readonly events: readonly Pick<OutboxEvent, 'type' | 'version'>[];
  readonly link: Link;
  /** Of a redirected incident: the last one of the chain and its link of the same connection; undefined: not known yet. */
  readonly survivor?: { readonly incidentId: string; readonly link: Link };
  /** Null: no storm. */
  readonly storm: StormTicket | null;
  /** ISO 8601 UTC. */
  readonly now: string;
  /** Stored before `since`, announced because it is open (`backlog: open`). */
  readonly isBacklog?: boolean;
}

/** Why a connector did not write (the two reasons of a TargetError that call for another plan). */
export type Refusal = 'ticketClosed' | 'ticketGone';

interface Explained {
  readonly journal: readonly JournalEntry[];
}

export interface NothingPlan extends Explained {
  readonly do: 'nothing';
  readonly because: string;
  readonly link: Link;
  /** The events stay pending until then (ISO 8601 UTC); undefined: they are done. */
  readonly retryAt?: string;
}

export interface CreatePlan extends Explained {
  readonly do: 'create';
  /** Its `key` belongs into `link.intent` before the call. */
  readonly content: TicketContent;
  readonly after: (ref: TicketRef) => Link;
}

export interface UpdatePlan extends Explained {
  readonly do: 'update';
  readonly ticketId: string;
  readonly change: TicketChange;
  readonly after: () => Link;
  /** What to do where the connector refuses. */
  readonly otherwise: (refusal: Refusal) => DeliveryPlan;
}

/**
 * A step of a merge: a note into the survivor's ticket · the absorbed one's is closed · the absorbed one's becomes the survivor's.
 * One call, then one batch with both links; after a step with `again` the lane is planned once more, with the links as they are now.
 */
export interface MergePlan extends Explained {
  readonly do: 'merge';
  readonly step: 'carry' | 'absorb' | 'relink';
  readonly ticketId: string;
  readonly change: TicketChange;
  /** After `relink` the ticket index has to name the survivor. */
  readonly after: () => { readonly link: Link; readonly survivorLink: Link };
  readonly again: boolean;
  readonly otherwise: (refusal: Refusal) => DeliveryPlan;
}

/** What one lane does next: at most one call, then `after` with its outcome in one batch. */
export type DeliveryPlan = NothingPlan | CreatePlan | UpdatePlan | MergePlan;
