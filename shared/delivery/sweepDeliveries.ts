import type { Connection, ConnectionState } from '../model/connection';
import { connectionKeyOf } from '../model/connection';
import { toTicks } from '../model/time7';
import type { Queue } from '../ports';
import { nibbles } from '../store/keys';
import type { OpenLane, OpenLanes } from '../store/openLanes';
import type { ListedEvent } from '../store/outbox';
import { deliveryPages, readEvent } from '../store/outbox';
import { dead } from './afterTry';
import { isPaused } from './connectionHealth';
import { sendLanes } from './deliverMessage';
import { isDue } from './isDue';
import type { LaneDeps } from './laneDeps';
import { connectionOf, stateOf } from './laneDeps';
import { writeLane } from './laneWriter';
import { patienceMs } from './retries';

export interface SweepDeliveriesDeps {
  readonly lane: LaneDeps;
  readonly lanes: Pick<OpenLanes, 'pages' | 'look' | 'done'>;
  readonly queue: Queue;
}

export interface SweptDeliveries {
  /** Lanes that were due and that nothing moved. */
  readonly late: number;
  /** Lanes taken out of the index. */
  readonly closed: number;
  readonly probes: number;
  /** Events given up because their connection was down for too long. */
  readonly givenUp: number;
}

/** Younger lanes have hints of their own under way. */
const movingMs = 60_000;
/** Longer than from a lane's row to the batch with its events. */
const announcedMs = 5 * 60_000;
const sideBySide = 16;
/** Looked at in one sweep; of more, the rest is found by the next ones, as these are worked off. */
const maxLanes = 50_000;

interface Down {
  readonly connection: Connection;
  readonly lanes: OpenLane[];
}

/**
 * Finds lanes that are due and do not move, probes connections that are down, and takes finished lanes out of the index. Costs one query an
 * open lane, whatever was delivered before.
 */
export const sweepDeliveries = async (deps: SweepDeliveriesDeps): Promise<SweptDeliveries> => {
  const { lane: laneDeps, lanes, queue } = deps;
  const late: OpenLane[] = [];
  const down = new Map<string, Down>();
  let [closed, looked] = [0, 0];
  const look = async (lane: OpenLane): Promise<void> => {
    const connection = await connectionOf(laneDeps, connectionKeyOf(lane.tenantId, lane.targetId));
    const state = connection?.enabled === true ? await stateOf(laneDeps, connection) : undefined;
    if (connection !== undefined && state?.state === 'down') {
      downOf(down, connection).lanes.push(lane);
      return;
    }
    const found = await judge(deps, lane, connection, state);
    if (found === 'late') late.push(lane);
    closed += Number(found === 'closed');
  };
  for (const nibble of nibbles)
    for await (const page of lanes.pages(nibble)) {
      for (let start = 0; start < page.length; start += sideBySide)
        await Promise.all(page.slice(start, start + sideBySide).map(look));
      looked += page.length;
      if (looked >= maxLanes) break;
    }
  late.sort((one, other) => (one.writtenAt < other.writtenAt ? -1 : 1));
  await sendLanes(queue, late);
  let [probes, givenUp] = [0, 0];
  for (const each of down.values()) {
    const swept = await sweepDown(deps, each);
    probes += swept.probes;
    givenUp += swept.givenUp;
    closed += swept.closed;
  }
  return { late: late.length, closed, probes, givenUp };
};

const downOf = (down: Map<string, Down>, connection: Connection): Down => {
  const key = `${connection.scope} ${connection.connectionId}`;
  const known = down.get(key) ?? { connection, lanes: [] };
  down.set(key, known);
  return known;
};

const ageMs = ({ lane }: SweepDeliveriesDeps, { writtenAt }: Pick<OpenLane, 'writtenAt'>): number =>
  lane.clock.now() - Number(toTicks(writtenAt) / 10_000n);

const judge = async (
  deps: SweepDeliveriesDeps,
  lane: OpenLane,
  connection: Connection | undefined,
  state: ConnectionState | undefined,
): Promise<'late' | 'closed' | 'waiting'> => {
  if (ageMs(deps, lane) < movingMs) return 'waiting';
  const pending = await pendingIn(deps, lane);
  if (pending.length === 0) return (await close(deps, lane)) ? 'closed' : 'waiting';
  // Of a connection that is not there any more it is dropped by whoever delivers.
  if (connection === undefined) return 'late';
  const nowMs = deps.lane.clock.now();
  if (state === undefined || isPaused(state, nowMs)) return 'waiting';
  return pending.some(({ event }) => isDue(event, state, nowMs)) ? 'late' : 'waiting';
};

const pendingIn = async (
  { lane: { incidents } }: SweepDeliveriesDeps,
  lane: OpenLane,
): Promise<readonly ListedEvent[]> => {
  const pending: ListedEvent[] = [];
  for await (const page of deliveryPages(lane.tenantId, incidents, { lane, state: 'pending' })) pending.push(...page);
  return pending;
};

/** By the storage's own clock, and only as it was before its events were looked for: an announcement meanwhile keeps it. */
const close = async (deps: SweepDeliveriesDeps, lane: OpenLane): Promise<boolean> => {
  const now = await deps.lanes.look(lane);
  if (now?.readAt === undefined) return false;
  const isOld = toTicks(now.readAt) - toTicks(now.writtenAt) > BigInt(announcedMs) * 10_000n;
  if (!isOld || now.etag !== lane.etag) return false;
  // Once more, now that its age is known.
  if ((await pendingIn(deps, lane)).length > 0) return false;
  return deps.lanes.done(lane);
};

/** Longer than from one probe to the next. */
const silentMs = 6 * 60_000;

/** Where the last probe asked nothing at all (its incident waits, or wants no call), the next ones go on through all that waits. */
const firstToProbe = ({ failures, lastError }: ConnectionState, nowMs: number, lanes: number): number => {
  const isSilent = lastError === null || nowMs - Date.parse(lastError.at) > silentMs;
  if (isSilent) return Math.floor(nowMs / silentMs) % lanes;
  return failures % 2 === 1 ? 0 : (failures >> 1) % lanes;
};

/**
 * One probe: with the oldest that waits, and every other time with another in its turn, for what fails may be that one incident and not the
 * target. What waited for longer than any retry would is given up.
 */
const sweepDown = async (
  deps: SweepDeliveriesDeps,
  { connection, lanes }: Down,
): Promise<{ readonly probes: number; readonly givenUp: number; readonly closed: number }> => {
  const { queue, lane: laneDeps } = deps;
  lanes.sort((one, other) => (one.writtenAt < other.writtenAt ? -1 : 1));
  const first = firstToProbe(await stateOf(laneDeps, connection), laneDeps.clock.now(), lanes.length);
  let [givenUp, closed] = [0, 0];
  for (const lane of [...lanes.slice(first), ...lanes.slice(0, first)]) {
    const pending = await pendingIn(deps, lane);
    if (pending.length === 0) {
      closed += Number(await close(deps, lane));
      continue;
    }
    const over = pending.filter((stored) => ageMs(deps, stored) > patienceMs);
    if (over.length > 0) givenUp += await giveUp(deps, over);
    if (over.length === pending.length) continue;
    const { tenantId, targetId, incidentId } = lane;
    await queue.send({ tenantId, targetId, incidentIds: [incidentId], probe: true });
    return { probes: 1, givenUp, closed };
  }
  return { probes: 0, givenUp, closed };
};

/** With their bodies these stay below what one batch may weigh. */
const maxGivenUp = 40;

const giveUp = async ({ lane: deps }: SweepDeliveriesDeps, pending: readonly ListedEvent[]): Promise<number> => {
  const read = await Promise.all(pending.slice(0, maxGivenUp).map(({ event }) => readEvent(event, deps.incidents)));
  const some = read.filter((stored) => stored?.event.state === 'pending').filter((stored) => stored !== undefined);
  const reason = 'Its connection was down for longer than all tries take. Replay it once the connection is up.';
  await deps.dead.add(some.map(({ event }) => event));
  const nowMs = deps.clock.now();
  const events = some.map((stored) => ({
    stored,
    change: { ...dead(stored, nowMs, { status: null, reason }), attempts: stored.event.attempts },
  }));
  await writeLane(deps.incidents, { links: [], events, journal: [] });
  for (const { event } of some)
    deps.log.error('event given up', { tenantId: event.tenantId, eventId: event.eventId, reason });
  return some.length;
};
