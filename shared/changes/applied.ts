import type { Connection } from '../model/connection';
import type { TicketEvent } from '../model/ticket';
import type { Clock, Log, RandomId } from '../ports';
import type { DueIndex } from '../store/due';
import type { TenantLane } from '../store/openLanes';
import type { TenantRegistry } from '../store/tenants';
import type { TicketIndex } from '../store/ticketIndex';
import type { Ignored } from '../ticketing/rules/inboundPlan';
import type { WritingDeps } from './openWriter';

export interface ApplyDeps extends WritingDeps {
  readonly registry: Pick<TenantRegistry, 'get'>;
  readonly tickets: Pick<TicketIndex, 'find'>;
  readonly due: Pick<DueIndex, 'add'>;
  /** The account we write as in the connection's tool; null where it cannot tell. @throws AccountAway */
  readonly ownAccountOf: (connection: Connection) => Promise<string | null>;
  /** The ticket may not show what holds: its lane is delivered again. */
  readonly resend: (lane: TenantLane) => Promise<void>;
  readonly clock: Clock;
  readonly randomId: RandomId;
  readonly log: Log;
}

export interface GivenEvent {
  readonly connection: Connection;
  readonly event: TicketEvent;
  /** Names this event for ever: what is tried again is known by it. */
  readonly seed: string;
  /** Its sender could not sign. */
  readonly isWeak: boolean;
}

/** Why nothing came of an event for good, or what did. */
export type Settled =
  Ignored | 'applied' | 'noted' | 'refused' | 'noTicket' | 'noLink' | 'tenantGone' | 'notServed' | 'incidentGone';

/** `off`: its tenant is switched off, and nobody knows for how long. */
export type Applied =
  | { readonly is: 'settled'; readonly as: Settled }
  | { readonly is: 'again'; readonly inMs: number; readonly because: string }
  | { readonly is: 'off'; readonly tenantId: string };

export const settled = (as: Settled): Applied => ({ is: 'settled', as });
export const again = (inMs: number, because: string): Applied => ({ is: 'again', inMs, because });
