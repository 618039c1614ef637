import type { Connection, ConnectionState, Tool } from '../model/connection';
import type { Tenant } from '../model/tenant';
import type { Blobs, Clock, Log, Send, Table } from '../ports';
import type { ConnectionStates } from '../store/connectionStates';
import type { ConnectionStore } from '../store/connections';
import type { DeadLetters } from '../store/deadLetters';
import type { TenantLane } from '../store/openLanes';
import type { TicketIndex } from '../store/ticketIndex';
import type { ConnectionSecrets } from '../ticketing/connectionSecrets';
import type { ConnectorDeps, ToolDefinition } from '../ticketing/connector';
import { sendUntil } from './sendUntil';
import type { Remembered } from './remembered';
import { remembered } from './remembered';

/** What a delivery stands on. */
export interface LaneDeps {
  readonly incidents: Table;
  readonly bodies: Blobs;
  /** For the states of storms. */
  readonly connectionsTable: Table;
  readonly connections: Pick<ConnectionStore, 'get' | 'disable'>;
  readonly states: ConnectionStates;
  readonly registry: { get(tenantId: string): Promise<Tenant | undefined> };
  readonly tickets: Pick<TicketIndex, 'put' | 'find'>;
  readonly dead: Pick<DeadLetters, 'add' | 'remove'>;
  readonly tools: Readonly<Partial<Record<Tool, ToolDefinition>>>;
  readonly secrets: Pick<ConnectionSecrets, 'auth' | 'outbound'>;
  /** Guarded: it opens no connection to an address that is not public. */
  readonly send: Send;
  readonly clock: Clock;
  readonly log: Log;
  readonly randomId: () => string;
  readonly memory: LaneMemory;
  /** Has a lane delivered again though nothing new happened. */
  readonly resend: (lane: TenantLane) => Promise<void>;
}

/** What this process knows for a few seconds without asking again. */
export interface LaneMemory {
  readonly connection: Remembered<Connection | undefined>;
  readonly tenant: Remembered<Tenant | undefined>;
  readonly state: Remembered<ConnectionState>;
}

const forMs = 5_000;

export const createLaneMemory = (clock: Clock): LaneMemory => ({
  connection: remembered(clock, forMs),
  tenant: remembered(clock, forMs),
  state: remembered(clock, forMs),
});

const nameOf = ({ scope, connectionId }: Pick<Connection, 'scope' | 'connectionId'>): string =>
  `${scope} ${connectionId}`;

export const connectionOf = (
  deps: LaneDeps,
  key: Pick<Connection, 'scope' | 'connectionId'>,
): Promise<Connection | undefined> =>
  deps.memory.connection(nameOf(key), () => deps.connections.get(key.scope, key.connectionId));

export const tenantOf = (deps: LaneDeps, tenantId: string): Promise<Tenant | undefined> =>
  deps.memory.tenant(tenantId, () => deps.registry.get(tenantId));

export const stateOf = (deps: LaneDeps, connection: Connection): Promise<ConnectionState> =>
  deps.memory.state(nameOf(connection), async () => (await deps.states.get(connection)).state);

/** Nothing is written where `change` leaves the state that this process knows as it is. */
export const changeState = async (
  deps: LaneDeps,
  connection: Connection,
  change: (state: ConnectionState) => ConnectionState,
): Promise<{ readonly before: ConnectionState; readonly after: ConnectionState }> => {
  const known = await stateOf(deps, connection);
  if (change(known) === known) return { before: known, after: known };
  let before = known;
  const after = await deps.states.update(connection, (state) => {
    before = state;
    return change(state);
  });
  deps.memory.state.put(nameOf(connection), after);
  return { before, after };
};

/** @param untilMs of `clock.elapsedMs`: no call goes on after it */
export const connectorDeps = (
  deps: Pick<LaneDeps, 'secrets' | 'send' | 'clock'>,
  connection: Connection,
  untilMs: number,
): ConnectorDeps => ({
  connection,
  secret: () => deps.secrets.auth(connection),
  signingSecrets: () => deps.secrets.outbound(connection),
  send: sendUntil(deps.send, deps.clock, untilMs),
  clock: deps.clock,
});
