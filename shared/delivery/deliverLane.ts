import { ConflictError, ContractError, TargetError } from '../errors';
import type { Connection } from '../model/connection';
import { connectionKeyOf } from '../model/connection';
import type { Tenant } from '../model/tenant';
import { claimMs, linkStore } from '../store/links';
import type { TenantLane } from '../store/openLanes';
import type { StoredEvent } from '../store/outbox';
import { pendingOf } from '../store/outbox';
import { superseded } from './afterTry';
import { isPaused } from './connectionHealth';
import { deliverEvents } from './deliverEvents';
import { countWhileDown } from './countWhileDown';
import { deliverTicket } from './deliverTicket';
import { isDue } from './isDue';
import type { LaneDeps } from './laneDeps';
import { connectionOf, connectorDeps, stateOf, tenantOf } from './laneDeps';
import type { LaneFacts } from './laneFacts';
import type { CallSlot, LaneResult } from './laneResult';
import { busy } from './laneResult';
import { writeLane } from './laneWriter';

export interface LaneOptions {
  /** Default: at once. */
  readonly slot?: CallSlot;
  /** Sent though the connection is down, to see whether it is up again. */
  readonly probe?: boolean;
}

/** A call may take so long from the claim on, so that it is over before the claim is void. */
const callsMs = claimMs - 30_000;
const done: LaneResult = { outcome: 'done' };
const held: LaneResult = { outcome: 'held' };

/**
 * Delivers what waits in one lane (tenant, connection, incident), if its time has come; one attempt at a time holds it. It may end at any
 * moment and be run again: a ticket is made once, and an event keeps its id.
 * @throws UpstreamError (storage away)
 */
export const deliverLane = async (
  deps: LaneDeps,
  lane: TenantLane,
  { slot = (work) => work(), probe = false }: LaneOptions = {},
): Promise<LaneResult> => {
  const startedMs = deps.clock.elapsedMs();
  const [connection, tenant] = await Promise.all([
    connectionOf(deps, connectionKeyOf(lane.tenantId, lane.targetId)),
    tenantOf(deps, lane.tenantId),
  ]);
  if (connection === undefined || tenant === undefined || isExcluded(connection, tenant)) return drop(deps, lane);
  const tool = deps.tools[connection.tool];
  if (!connection.enabled || !tenant.enabled || tool === undefined) return held;
  const state = await stateOf(deps, connection);
  const nowMs = deps.clock.now();
  if (isPaused(state, nowMs)) return { ...held, pausedForMs: Date.parse(state.pausedUntil ?? '') - nowMs };
  const isShut = state.state === 'down' && !probe;
  if (isShut && (connection.storm === undefined || tool.delivers === 'events')) return held;
  // Before what waits: a link that can still be claimed as it was shows that nobody has sent any of that in between. That of a ticket says
  // itself what was told, and is read after what waits: a lane that is woken while its link is held finds it held.
  const found = tool.delivers === 'events' ? await linkOf(deps, lane) : undefined;
  const events = await pendingOf(lane.tenantId, lane, deps.incidents);
  if (events.length === 0) return done;
  const untilMs = startedMs + callsMs;
  const facts: LaneFacts = {
    lane,
    connection,
    tenant,
    state,
    events,
    by: deps.randomId(),
    untilMs,
    slot,
    isProbe: probe,
  };
  if (isShut) {
    await countWhileDown(deps, facts);
    return held;
  }
  const next = tool.delivers === 'events' ? events[0] : events.at(-1);
  const isItsTurn = probe || (next !== undefined && isDue(next.event, state, nowMs)) || events.some(isReplayNow);
  if (!isItsTurn) return { outcome: 'waiting' };
  const calling = connectorDeps(deps, connection, untilMs);
  try {
    return tool.delivers === 'events'
      ? await deliverEvents(
          deps,
          facts,
          found,
          once(() => tool.sender(calling)),
        )
      : await deliverTicket(
          deps,
          facts,
          once(() => tool.connect(calling)),
        );
  } catch (error) {
    if (error instanceof ConflictError) return busy;
    throw error;
  }
};

const linkOf = ({ incidents }: LaneDeps, { tenantId, targetId, incidentId }: TenantLane) =>
  linkStore(tenantId, incidents).get(targetId, incidentId);

/**
 * Connects with the first call, as a part of it. Settings that were kept before a rule of today say nothing against what is to be sent: it
 * waits, the connection goes down, and what puts it again mends both. @throws ContractError
 */
const once = <T>(connect: () => T): (() => T) => {
  let made: { readonly connector: T } | undefined;
  return () => {
    try {
      made ??= { connector: connect() };
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      throw new ContractError(error.message, { cause: error });
    }
    return made.connector;
  };
};

const isReplayNow = ({ event }: StoredEvent): boolean => event.isReplay && event.nextAttempt === null;

const isExcluded = ({ excludeTenants }: Connection, { tenantId }: Tenant): boolean => excludeTenants.includes(tenantId);

/** With their bodies these stay below what one batch may weigh. */
const droppedAtOnce = 40;

/** Whom it was for is not there any more. */
const drop = async (deps: LaneDeps, lane: TenantLane): Promise<LaneResult> => {
  const events = await pendingOf(lane.tenantId, lane, deps.incidents);
  const change = superseded(deps.clock.now(), 'The connection or its tenant is not there any more.');
  const some = events.slice(0, droppedAtOnce);
  await writeLane(deps.incidents, { links: [], events: some.map((stored) => ({ stored, change })), journal: [] });
  return some.length < events.length ? { outcome: 'more', againInMs: 0 } : done;
};
