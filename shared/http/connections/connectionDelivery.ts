import type { Connection, ConnectionState } from '../../model/connection';
import { allTenants, targetIdOf } from '../../model/connection';
import type { Table } from '../../ports';
import { connectionStates } from '../../store/connectionStates';
import type { DeadLetters } from '../../store/deadLetters';
import { deadLetters } from '../../store/deadLetters';
import { escapeKey, nibbles, tenantNibble } from '../../store/keys';
import type { OpenLanes, TenantLane } from '../../store/openLanes';
import { openLanes } from '../../store/openLanes';
import { pendingOf } from '../../store/outbox';

/** How a connection fares; every key always there. */
export interface ConnectionDelivery extends ConnectionState {
  /** Events that wait for delivery. */
  readonly pending: number;
  /** Events that were given up: a replay revives them. */
  readonly dead: number;
  /** False where there is more than is counted for one answer. */
  readonly counted: boolean;
}

interface Tables {
  readonly connections: Table;
  readonly incidents: Table;
  readonly index: Table;
}

/** Lanes looked into for one answer, and dead letters counted. */
const mostLanes = 200;
const mostDead = 1_000;
/** Of the index, in a partition: other connections' rows lie between those of one that serves all tenants. */
const mostHints = 5_000;
const sideBySide = 25;

export const connectionDelivery = async (connection: Connection, tables: Tables): Promise<ConnectionDelivery> => {
  const [{ state }, waiting, given] = await Promise.all([
    connectionStates(tables.connections).get(connection),
    lanesOf(connection, openLanes(tables.index)),
    deadOf(connection, deadLetters(tables.index)),
  ]);
  const pending = await countPending(waiting.found, tables.incidents);
  return { ...state, pending, dead: given.found.length, counted: waiting.all && given.all };
};

interface Bounded<T> {
  readonly found: readonly T[];
  readonly all: boolean;
}

const lanesOf = (connection: Connection, lanes: OpenLanes): Promise<Bounded<TenantLane>> => {
  const targetId = targetIdOf(connection);
  if (connection.scope !== allTenants) return take([lanes.ofTenant(connection.scope, targetId)], () => true, mostLanes);
  const partitions = nibbles.map((nibble) => lanes.pages(nibble));
  return take(partitions, (lane) => lane.targetId === targetId, mostLanes);
};

const deadOf = (
  connection: Connection,
  letters: DeadLetters,
): Promise<Bounded<{ readonly tenantId: string; readonly connectionId: string }>> => {
  const { scope } = connection;
  const targetId = targetIdOf(connection);
  const isOwn = (letter: { readonly connectionId: string }): boolean => letter.connectionId === targetId;
  if (scope === allTenants) {
    const partitions = nibbles.map((nibble) => letters.pages(nibble));
    return take(partitions, isOwn, mostDead);
  }
  const pages = letters.pages(tenantNibble(scope), `${scope}_${escapeKey(targetId)}_`);
  // In order of tenant and connection: the first of another ends them.
  return take([pages], (letter) => letter.tenantId === scope && isOwn(letter), mostDead, true);
};

/** What is wanted, up to `most`; partitions side by side. */
const take = async <T>(
  partitions: readonly AsyncIterable<readonly T[]>[],
  isWanted: (row: T) => boolean,
  most: number,
  endsAtFirstOther = false,
): Promise<Bounded<T>> => {
  const parts = await Promise.all(
    partitions.map(async (pages): Promise<Bounded<T>> => {
      const found: T[] = [];
      let seen = 0;
      for await (const page of pages) {
        for (const row of page) {
          if (isWanted(row)) found.push(row);
          else if (endsAtFirstOther) return { found, all: true };
          seen += 1;
          if (found.length > most || seen >= mostHints) return { found, all: false };
        }
      }
      return { found, all: true };
    }),
  );
  const found = parts.flatMap((part) => part.found);
  return { found: found.slice(0, most), all: found.length <= most && parts.every((part) => part.all) };
};

/** A lane stays in the index for minutes after its last delivery, so each is looked into. */
const countPending = async (lanes: readonly TenantLane[], incidents: Table): Promise<number> => {
  let pending = 0;
  for (let start = 0; start < lanes.length; start += sideBySide) {
    const some = lanes.slice(start, start + sideBySide);
    const counts = await Promise.all(
      some.map(async (lane) => (await pendingOf(lane.tenantId, lane, incidents)).length),
    );
    pending = counts.reduce((sum, count) => sum + count, pending);
  }
  return pending;
};
