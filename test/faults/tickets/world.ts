import type { MemoryTable } from '../../support/memoryTable';
import type { Desk } from './desk';
import type { createHooks } from './hooks';
import type { createMicrosoft } from './microsoft';
import type { TicketTables } from './relayProcess';
import type { TicketPlan } from './plan';
import type { DeskScheme } from './signing';
import type { Sink } from './sink';
import type { TicketFault } from './ticketFaults';

/** What one world came to. Plain JSON: it crosses from a worker process. */
export interface WorldResult {
  readonly seed: number;
  readonly tenants: number;
  readonly incidents: number;
  readonly versions: number;
  /** Events announced for anybody. */
  readonly events: number;
  /** Messages that receivers took, and tickets written. */
  readonly deliveries: number;
  readonly tickets: number;
  /** Taken again under the same id, and answers that were lost. */
  readonly extra: number;
  readonly ambiguous: number;
  readonly newIds: number;
  readonly doubleTickets: number;
  /** Neither taken nor in a dead letter that can be replayed. */
  readonly unaccounted: number;
  readonly dead: number;
  readonly replayed: number;
  readonly hooks: number;
  readonly genuine: number;
  readonly forged: number;
  readonly relayWrites: number;
  /** What people did to a ticket before the relay could know that it was there. */
  readonly unheard: number;
  readonly breaches: readonly string[];
  readonly faults: Readonly<Partial<Record<TicketFault, number>>>;
  readonly virtualHours: number;
  readonly story: readonly string[];
}

/** A connection, and whoever stands at its other end. */
export interface Target {
  readonly scope: string;
  readonly connectionId: string;
  readonly targetId: string;
  readonly hookId: string;
  readonly desk: Desk | undefined;
  readonly sink: Sink | undefined;
  readonly isForgetful: boolean;
  readonly scheme: DeskScheme;
  readonly storm: TicketPlan['storm'];
  inboundKey: string | undefined;
  removedAtMs: number | undefined;
  /** Since when nothing may be sent to these addresses: switched off, moved away, gone. */
  readonly closedSinceMs: Map<string, number>;
}

/** Incidents of one tenant that came within seconds. */
export interface Burst {
  readonly tenantId: string;
  readonly startMs: number;
  readonly ids: string[];
}

/** All that a checker may look at. */
export interface World {
  readonly tenantIds: readonly string[];
  readonly targets: readonly Target[];
  readonly bursts: readonly Burst[];
  readonly microsoft: ReturnType<typeof createMicrosoft>;
  readonly hooks: ReturnType<typeof createHooks>;
  readonly tables: Readonly<Record<keyof TicketTables, MemoryTable>>;
  readonly announced: ReadonlyMap<string, Announced>;
  readonly canaries: readonly string[];
  readonly logged: readonly string[];
  readonly queued: readonly string[];
  readonly ambiguous: () => number;
}

export interface Announced {
  readonly eventId: string;
  readonly tenantId: string;
  readonly targetId: string;
  readonly incidentId: string;
  readonly version: string;
}
