import type { z } from 'zod';
import type { Connection, InboundScheme, Tool } from '../model/connection';
import type {
  TicketActor,
  TicketChange,
  TicketComment,
  TicketContent,
  TicketEvent,
  TicketRef,
  TicketSnapshot,
} from '../model/ticket';
import type { Clock, Send } from '../ports';

/**
 * One ticket tool, spoken to as one connection says. Every call is one HTTP exchange where the tool allows it and throws ThrottledError ·
 * UpstreamError (passing) · TargetError (for good, with a reason) · ContractError (an answer we do not understand).
 */
export interface Connector {
  /** The account we write as: for the echo test, and as proof that the credential holds. */
  whoAmI(): Promise<TicketActor>;
  /** The ticket that carries our key; what the tool returns is checked against it. */
  find(key: string): Promise<TicketRef | undefined>;
  create(content: TicketContent): Promise<TicketRef>;
  /** Writes all of `change`; undefined parts stay. A ticket that is gone is a TargetError `ticketGone`, one that cannot be opened again `ticketClosed`. */
  update(ticketId: string, change: TicketChange): Promise<void>;
  /** As it is now; undefined where it is gone. */
  read(ticketId: string): Promise<TicketSnapshot | undefined>;
  /** Tickets of ours changed at or after `since` (ISO 8601 UTC), oldest first, 200 at the most: for senders that do not retry. */
  changedSince(since: string): Promise<readonly TicketSnapshot[]>;
  /** Comments written at or after `since` (ISO 8601 UTC), oldest first, 100 at the most; undefined where webhooks come until they are taken. */
  commentsSince?(ticketId: string, since: string): Promise<readonly TicketComment[]>;
}

/** What carries events instead of keeping tickets: every version is sent, none is superseded. */
export interface EventSender {
  /** One CloudEvents body under Standard Webhooks headers. Throws like a Connector. */
  send(event: { readonly id: string; readonly body: string }): Promise<{ readonly status: number }>;
}

export interface ConnectorDeps {
  readonly connection: Connection;
  /** The secret for calling the tool (password, token, routing key); read from the vault at each call, never kept in a row or log. @throws AuthError · UpstreamError */
  readonly secret: () => Promise<string>;
  /** Keys that sign what we send, newest first: two while one is being turned. */
  readonly signingSecrets: () => Promise<readonly string[]>;
  /** Guarded: it opens no connection to an address that is not public. */
  readonly send: Send;
  readonly clock: Clock;
}

interface ToolBase {
  readonly tool: Tool;
  /** What a person calls it. */
  readonly title: string;
  /** That its webhooks may use; the first is the default. */
  readonly schemes: readonly InboundScheme[];
  readonly auth: readonly ('basic' | 'bearer' | 'oauth' | 'none')[];
  /** `mapping.settings` of a connection; its error messages name the field. */
  readonly settings: z.ZodType<Readonly<Record<string, string>>>;
  /** What a body of its webhook tells. @throws ContractError; what is of no interest is an empty list */
  readonly fromTicket: (body: unknown) => readonly TicketEvent[];
}

/** One tool: everything of it lies in its folder and is listed in registry.ts. */
export type ToolDefinition =
  | (ToolBase & {
      readonly delivers: 'state';
      /** False where a closed ticket stays closed, so that re-opening makes a follow-up. */
      readonly reopens: boolean;
      readonly connect: (deps: ConnectorDeps) => Connector;
    })
  | (ToolBase & { readonly delivers: 'events'; readonly sender: (deps: ConnectorDeps) => EventSender });
