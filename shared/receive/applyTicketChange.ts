import { z } from 'zod';
import type { Applied, ApplyDeps } from '../changes/applied';
import { applyEvent } from '../changes/applyEvent';
import { ContractError, RequestError } from '../errors';
import type { Connection, Tool } from '../model/connection';
import type { TicketEvent } from '../model/ticket';
import type { ConnectionStore } from '../store/connections';
import type { Inbox, SwitchedOff } from '../store/inbox';
import type { ToolDefinition } from '../ticketing/connector';
import { nextHint } from './nextHint';
import type { TakeDeps, TakenWebhook } from './takeReceived';
import { takeReceived } from './takeReceived';

/** What the receiver puts into the queue. */
export const inboxMessage = z.object({
  scope: z.string(),
  connectionId: z.string(),
  inboxKey: z.string(),
  turn: z.number().int().nonnegative().optional(),
});
export type InboxMessage = z.output<typeof inboxMessage>;

export interface ApplyTicketDeps extends ApplyDeps, TakeDeps {
  readonly inbox: Pick<Inbox, 'find' | 'done' | 'leave' | 'wait'>;
  readonly connections: Pick<ConnectionStore, 'get'>;
  readonly tools: Readonly<Partial<Record<Tool, Pick<ToolDefinition, 'fromTicket' | 'delivers'>>>>;
}

/**
 * `done`: it is not asked for again · `left`: the sweep asks for it once what is off is on · `again`: this message is to be sent in so many
 * milliseconds · `overtaken`: it waits, and another hint of it comes.
 */
export type TakenIn =
  | { readonly is: 'done' | 'left' | 'overtaken' }
  | { readonly is: 'again'; readonly inMs: number; readonly message: InboxMessage };

const done: TakenIn = { is: 'done' };

/** Its sender was told that we have it: until what is off is switched on again, or the inbox's retention ends, it lies there. */
const leave = async (taken: TakenWebhook, off: SwitchedOff): Promise<TakenIn> => {
  await taken.leave(off);
  return { is: 'left' };
};

/**
 * Takes in what a webhook brought: each event of its body goes to its incident. What has to wait is told with the time; the message stays
 * in the inbox until all of it is done, so that a lost hint costs minutes and no change.
 * @throws UpstreamError where storage is away; what is a bug
 */
export const applyTicketChange = async (deps: ApplyTicketDeps, message: InboxMessage): Promise<TakenIn> => {
  const { log } = deps;
  const fields = { scope: message.scope, connectionId: message.connectionId };
  const taken = await takeOrRefuse(deps, message);
  if (taken === undefined) return done;
  const connection = await deps.connections.get(taken.scope, taken.connectionId);
  if (connection?.enabled === false) return leave(taken, { tenantId: null });
  const events = connection === undefined ? [] : eventsIn(deps, connection, taken);
  if (connection === undefined) log.info('webhook of a connection that is gone', fields);
  let waitMs: number | undefined;
  let off: SwitchedOff | undefined;
  for (const [part, event] of events.entries()) {
    if (connection === undefined) break;
    const seed = `${message.inboxKey}#${part}`;
    const applied = await applyEvent(deps, { connection, event, seed, isWeak: isWeak(connection, taken) });
    tell(deps, connection, event, applied);
    // One that has to wait does not hold up the others of its body: they are known again.
    if (applied.is === 'again') waitMs = Math.max(waitMs ?? 0, applied.inMs);
    if (applied.is === 'off') off = applied;
  }
  if (waitMs !== undefined) return comeAgain(deps, message, waitMs);
  if (off !== undefined) return leave(taken, off);
  await taken.done();
  return done;
};

const comeAgain = async (deps: ApplyTicketDeps, message: InboxMessage, inMs: number): Promise<TakenIn> => {
  const next = await nextHint(deps, message, inMs);
  return next === undefined ? { is: 'overtaken' } : { is: 'again', inMs, message: next };
};

/** A body that is no JSON after all will not become any. */
const takeOrRefuse = async (
  deps: ApplyTicketDeps,
  { inboxKey, ...fields }: InboxMessage,
): Promise<TakenWebhook | undefined> => {
  try {
    return await takeReceived(deps, inboxKey);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    deps.log.warn('a webhook brought no JSON', fields);
    await deps.inbox.done(inboxKey);
    return undefined;
  }
};

const isWeak = ({ inbound }: Connection, taken: TakenWebhook): boolean => taken.isWeak || inbound.scheme === 'header';

const eventsIn = (
  { tools, log }: ApplyTicketDeps,
  { scope, connectionId, tool }: Connection,
  { body }: TakenWebhook,
): readonly TicketEvent[] => {
  const definition = tools[tool];
  if (definition === undefined) return [];
  try {
    return definition.fromTicket(body);
  } catch (error) {
    // Whoever signed it may still send what we do not understand, and will send it no otherwise the next time.
    if (!(error instanceof ContractError)) throw error;
    log.warn('a webhook is not understood', { scope, connectionId, tool, reason: error.message });
    return [];
  }
};

const tell = (
  { log }: ApplyTicketDeps,
  { scope, connectionId }: Connection,
  event: TicketEvent,
  applied: Applied,
): void => {
  const fields = { scope, connectionId };
  if (applied.is === 'settled')
    log.info('change of a ticket taken in', { ...fields, kind: event.kind, outcome: applied.as });
  else if (applied.is === 'again')
    log.info('change of a ticket waits', { ...fields, because: applied.because, waitMs: applied.inMs });
  else log.info('change of a ticket waits for its tenant', { ...fields, tenantId: applied.tenantId });
};
