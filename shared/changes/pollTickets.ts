import { AppError, ThrottledError } from '../errors';
import type { Connection, Tool } from '../model/connection';
import type { TicketEvent, TicketSnapshot } from '../model/ticket';
import type { ConnectionStore } from '../store/connections';
import type { PolledConnection, TicketPoll, TicketPolls } from '../store/ticketPolls';
import type { Connector } from '../ticketing/connector';
import type { ApplyDeps } from './applied';
import { applyEvent } from './applyEvent';

export interface PollDeps extends ApplyDeps {
  readonly polls: TicketPolls;
  readonly connections: Pick<ConnectionStore, 'get'>;
  /** Undefined for what keeps no tickets. */
  readonly connectorOf: (connection: Connection) => Connector | undefined;
}

/** Whose webhooks come once or never; the others try again when we were away. @see https://docs.github.com/webhooks (no redelivery) */
const forgetful: ReadonlySet<Tool> = new Set<Tool>(['github', 'servicenow']);

const minuteMs = 60_000;
const everyMs = 15 * minuteMs;
/** What happened before a connection was first looked at so long ago is left to its webhooks. */
const firstLookMs = 60 * minuteMs;
/** What a tool lists may run behind; what is seen twice is known again. */
const overlapMs = 2 * minuteMs;
/** Of one sweep; the rest has the next. */
const mostConnections = 40;
const sideBySide = 8;
/** As many as a tool shows at a time. */
const fullPage = 200;

/**
 * Looks through the tools whose webhooks may be lost for what changed since the last look, and takes it in as if they had told it; each
 * connection every 15 minutes, however many there are at 40 a sweep. A tool that is away costs the others nothing. Comments are not
 * among what is found. @returns how many changes were looked at
 */
export const pollTickets = async (deps: PollDeps): Promise<number> => {
  const due = await dueOf(deps);
  let looked = 0;
  for (let start = 0; start < due.length; start += sideBySide) {
    const counts = await Promise.all(due.slice(start, start + sideBySide).map((each) => pollOne(deps, each)));
    looked += counts.reduce((sum, count) => sum + count, 0);
  }
  return looked;
};

/** Whose turn it is, those first that have waited longest. */
const dueOf = async ({ polls, clock }: PollDeps): Promise<readonly PolledConnection[]> => {
  const now = new Date(clock.now()).toISOString();
  const due: PolledConnection[] = [];
  for await (const page of polls.all()) due.push(...page.filter((each) => isPolled(each) && nextOf(each) <= now));
  return due.sort((one, other) => (nextOf(one) < nextOf(other) ? -1 : 1)).slice(0, mostConnections);
};

const nextOf = ({ poll }: PolledConnection): string => poll?.nextAt ?? '';

const isPolled = ({ enabled, tool, scheme }: PolledConnection): boolean =>
  enabled && (forgetful.has(tool) || scheme === 'header');

const pollOne = async (deps: PollDeps, polled: PolledConnection): Promise<number> => {
  const { scope, connectionId, poll } = polled;
  const nowMs = deps.clock.now();
  const since = poll?.since ?? new Date(nowMs - firstLookMs).toISOString();
  const keep = (changed: Partial<TicketPoll>, waitMs = everyMs): Promise<void> =>
    deps.polls.write(polled, { since, nextAt: new Date(nowMs + waitMs).toISOString(), ...changed });
  const connection = await deps.connections.get(scope, connectionId);
  const connector = connection && deps.connectorOf(connection);
  if (connection === undefined || connector === undefined) return 0;
  try {
    const found = await connector.changedSince(since);
    const unsettled = await takeIn(deps, connection, found);
    await keep({ since: nextSince(since, found, unsettled) }, found.length >= fullPage ? 0 : everyMs);
    return found.length;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    deps.log.warn('a tool could not be looked through', { scope, connectionId, code: error.code });
    await keep({}, error instanceof ThrottledError ? Math.max(everyMs, error.retryAfterMs) : everyMs);
    return 0;
  }
};

/** @returns the first one that has to wait, so that it is looked at again */
const takeIn = async (
  deps: PollDeps,
  connection: Connection,
  snapshots: readonly TicketSnapshot[],
): Promise<TicketSnapshot | undefined> => {
  let unsettled: TicketSnapshot | undefined;
  for (const snapshot of snapshots) {
    const { ticketId, version } = snapshot;
    const seed = `poll ${connection.scope} ${connection.connectionId} ${ticketId} ${version}`;
    const isWeak = connection.inbound.scheme === 'header';
    const applied = await applyEvent(deps, { connection, event: toEvent(snapshot), seed, isWeak });
    if (applied.is === 'again') unsettled ??= snapshot;
  }
  return unsettled;
};

/** As its webhook would have told it. */
export const toEvent = (snapshot: TicketSnapshot): TicketEvent => {
  const { ticketId, status, rawStatus, resolution, assignee, updatedAt, updatedBy, version } = snapshot;
  return {
    ticketId,
    kind: status === 'resolved' || status === 'cancelled' ? 'closed' : 'updated',
    actor: updatedBy === null ? null : { id: updatedBy, name: null },
    occurredAt: updatedAt,
    version,
    status,
    rawStatus,
    assignee,
    ...(resolution === null ? {} : { resolution }),
  };
};

/** Past what is taken in but for a little, by the tool's own times; never back. A full page tells where the next begins. */
const nextSince = (since: string, found: readonly TicketSnapshot[], unsettled: TicketSnapshot | undefined): string => {
  const last = found.at(-1);
  if (last === undefined) return since;
  if (unsettled !== undefined) return later(since, unsettled.updatedAt);
  if (found.length < fullPage) return later(since, before(last.updatedAt, overlapMs));
  const next = later(since, last.updatedAt);
  // A whole page of one instant would be shown for ever.
  return next === since ? before(since, -1_000) : next;
};

const before = (time: string, ms: number): string => new Date(Date.parse(time) - ms).toISOString();

const later = (one: string, other: string): string => (Date.parse(other) > Date.parse(one) ? other : one);
