import { z } from 'zod';
import { ConflictError, ContractError } from '../errors';
import type { Connection, ConnectionState } from '../model/connection';
import { newConnectionState } from '../model/connection';
import type { Row, StoredRow, Table } from '../ports';
import { count, present, text } from './columns';

type Named = Pick<Connection, 'scope' | 'connectionId'>;

/** A connection's state as it was read; without an etag it was never written. */
export interface FoundState {
  readonly state: ConnectionState;
  readonly etag: string | undefined;
}

/** How connections fare, row `<connectionId>!state` beside each: no id of a connection holds a `!`. */
export interface ConnectionStates {
  get(connection: Named): Promise<FoundState>;
  /**
   * Writes what `change` makes of the state as it is, and again where another was faster; the same state is not written.
   * @throws ConflictError after many tries
   */
  update(connection: Named, change: (state: ConnectionState) => ConnectionState): Promise<ConnectionState>;
}

const maxTries = 20;

const stateRowKeyOf = (connectionId: string): string => `${connectionId}!state`;

export const connectionStates = (connections: Table): ConnectionStates => {
  const get = async ({ scope, connectionId }: Named): Promise<FoundState> => {
    const found = await connections.get(scope, stateRowKeyOf(connectionId));
    return found === undefined ? { state: newConnectionState, etag: undefined } : fromRow(found);
  };
  return {
    get,
    update: async (connection, change) => {
      for (let tries = 1; ; tries += 1) {
        const { state, etag } = await get(connection);
        const next = change(state);
        if (next === state) return state;
        const row = toRow(connection, next);
        try {
          await connections.write(etag === undefined ? { kind: 'insert', row } : { kind: 'replace', row, etag });
          return next;
        } catch (error) {
          if (!(error instanceof ConflictError) || tries >= maxTries) throw error;
        }
      }
    },
  };
};

const toRow = ({ scope, connectionId }: Named, state: ConnectionState): Row => ({
  partitionKey: scope,
  rowKey: stateRowKeyOf(connectionId),
  state: state.state,
  failures: state.failures,
  ...present({ since: state.since, lastSuccess: state.lastSuccess, pausedUntil: state.pausedUntil }),
  ...(state.lastError === null ? {} : { lastError: JSON.stringify(state.lastError) }),
});

const errorShape = z.object({ at: z.string(), status: z.number().nullable(), reason: z.string() });

const fromRow = ({ row, etag }: StoredRow): FoundState => ({
  state: {
    state: text(row, 'state') === 'down' ? 'down' : 'up',
    failures: count(row, 'failures'),
    since: text(row, 'since'),
    lastSuccess: text(row, 'lastSuccess'),
    lastError: errorOf(text(row, 'lastError')),
    pausedUntil: text(row, 'pausedUntil'),
  },
  etag,
});

const errorOf = (json: string | null): ConnectionState['lastError'] => {
  if (json === null) return null;
  try {
    return errorShape.parse(JSON.parse(json));
  } catch (cause) {
    throw new ContractError('The last error of a connection cannot be read', { cause });
  }
};
