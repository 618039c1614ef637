import { z } from 'zod';
import { AppError, ThrottledError } from '../errors';
import type { Connection, Tool } from '../model/connection';
import { allTenants, targetIdOf } from '../model/connection';
import type { TicketEvent, TicketSnapshot } from '../model/ticket';
import type { ConnectionStore } from '../store/connections';
import { linkStore } from '../store/links';
import type { PolledConnection, TicketPoll, TicketPolls } from '../store/ticketPolls';
import type { Connector } from '../ticketing/connector';
import type { Applied, ApplyDeps } from './applied';
import { applyEvent } from './applyEvent';
import { pollComments } from './pollComments';

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
/** A ticket whose making had no answer is looked for three times by then. */
const longestMakingMs = 60 * minuteMs;
/** People may write into what holds our key; Microsoft's ids are short. */
const longestId = 60;

/**
 * Looks through the tools whose webhooks may be lost for what changed since the last look, and takes it in as if they had told it; each
 * connection every 15 minutes, however many there are at 40 a sweep. A tool that is away costs the others nothing.
 * @returns how many changes were looked at
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
  const { edge = {} } = poll ?? {};
  const keep = (changed: Partial<TicketPoll>, waitMs = everyMs): Promise<void> =>
    deps.polls.write(polled, { since, edge, nextAt: new Date(nowMs + waitMs).toISOString(), ...changed });
  const connection = await deps.connections.get(scope, connectionId);
  const connector = connection && deps.connectorOf(connection);
  if (connection === undefined || connector === undefined) return 0;
  // What happens meanwhile is found once it is on again.
  if (scope !== allTenants && (await deps.registry.get(scope))?.enabled !== true) {
    await keep({});
    return 0;
  }
  try {
    const found = await connector.changedSince(since);
    const news = found.filter(({ ticketId, version }) => edge[ticketId] !== version);
    const unsettled = await takeIn(deps, connection, connector, news, since);
    const next = nextSince(since, found, unsettled[0]);
    const settled = found.filter((each) => !unsettled.includes(each));
    await keep({ since: next, edge: edgeOf(settled, next, nowMs) }, found.length >= fullPage ? 0 : everyMs);
    return found.length;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    deps.log.warn('a tool could not be looked through', { scope, connectionId, code: error.code });
    await keep({}, error instanceof ThrottledError ? Math.max(everyMs, error.retryAfterMs) : everyMs);
    return 0;
  }
};

/** @returns those that have to wait, so that they are looked at again */
const takeIn = async (
  deps: PollDeps,
  connection: Connection,
  connector: Connector,
  snapshots: readonly TicketSnapshot[],
  since: string,
): Promise<readonly TicketSnapshot[]> => {
  const unsettled: TicketSnapshot[] = [];
  const ownAccount = snapshots.length === 0 ? null : await deps.ownAccountOf(connection);
  for (const snapshot of snapshots) {
    const { ticketId, version } = snapshot;
    const seed = `poll ${connection.scope} ${connection.connectionId} ${ticketId} ${version}`;
    const isWeak = connection.inbound.scheme === 'header';
    const applied = await applyEvent(deps, { connection, event: toEvent(snapshot, ownAccount), seed, isWeak });
    // One whose tenant is switched off would hold up all others of its connection: its webhook waits.
    if (applied.is === 'again' || (isUnknown(applied) && (await isBeingMade(deps, connection, snapshot))))
      unsettled.push(snapshot);
    else if (isOurs(applied) && !(await pollComments(deps, connection, connector, ticketId, since)))
      unsettled.push(snapshot);
  }
  return unsettled;
};

const isUnknown = (applied: Applied): boolean => applied.is === 'settled' && applied.as === 'noTicket';

/** It is there, by its key, and nobody has linked it yet: what its people do meanwhile is taken in once it is. */
const isBeingMade = async (
  { incidents, clock }: PollDeps,
  connection: Connection,
  { key }: TicketSnapshot,
): Promise<boolean> => {
  const [tenantId = '', incidentId = ''] = (key ?? '').split(':');
  const isServed = connection.scope === allTenants ? isTenantId(tenantId) : connection.scope === tenantId;
  if (!isServed || incidentId.length > longestId) return false;
  const { intent = null } = (await linkStore(tenantId, incidents).get(targetIdOf(connection), incidentId))?.link ?? {};
  return intent?.key === key && clock.now() - Date.parse(intent.at) < longestMakingMs;
};

const isTenantId = (text: string): boolean => z.guid().safeParse(text).success;

const isOurs = (applied: Applied): boolean =>
  applied.is === 'settled' && !['noTicket', 'noLink', 'notServed', 'tenantGone'].includes(applied.as);

/** A version may be a time in whole seconds: within a minute the ticket may still change and show the same. */
const stillMs = 60_000;
const mostEdge = 100;

/** What need not be looked at again though the next look begins before it. */
const edgeOf = (settled: readonly TicketSnapshot[], next: string, nowMs: number): TicketPoll['edge'] =>
  Object.fromEntries(
    settled
      .filter(({ updatedAt }) => updatedAt >= next && Date.parse(updatedAt) < nowMs - stillMs)
      .slice(-mostEdge)
      .map(({ ticketId, version }) => [ticketId, version]),
  );

/**
 * As its webhook would have told it. Who wrote last is not who did each thing that shows: what people did before a write of ours is there, too,
 * so that we wrote last proves nothing.
 */
const toEvent = (snapshot: TicketSnapshot, ownAccount: string | null): TicketEvent => {
  const { ticketId, status, rawStatus, resolution, assignee, updatedAt, updatedBy, version } = snapshot;
  const isClosed = status === 'resolved' || status === 'cancelled';
  return {
    ticketId,
    kind: isClosed ? 'closed' : 'updated',
    actor: updatedBy === null || updatedBy === ownAccount ? null : { id: updatedBy, name: null },
    occurredAt: updatedAt,
    version,
    status,
    rawStatus,
    // Some tools show nobody in a ticket that is closed, whoever it was that closed it.
    ...(isClosed && assignee === null ? {} : { assignee }),
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
