import type { Connection, InboundScheme, Tool } from '../model/connection';
import type { Row, Table } from '../ports';
import { flag, present, text } from './columns';

type Key = Pick<Connection, 'scope' | 'connectionId'>;

/** How far a connection's tool was looked through for changes, row `<connectionId>!poll` beside it. */
export interface TicketPoll {
  /** ISO 8601 UTC, by the tool's clock: what changed before is taken in. */
  readonly since: string;
  /** Not asked again before; ISO 8601 UTC. */
  readonly nextAt: string;
  /** Tickets that are taken in though the next look shows them again, each with its version. */
  readonly edge: Readonly<Record<string, string>>;
}

/** What a scan shows of a connection. */
export interface PolledConnection extends Key {
  readonly tool: Tool;
  readonly enabled: boolean;
  readonly scheme: InboundScheme | null;
  /** Undefined: never asked. */
  readonly poll: TicketPoll | undefined;
}

export interface TicketPolls {
  /** All connections there are, a page at a time, each with how far it is. */
  all(): AsyncIterable<readonly PolledConnection[]>;
  write(connection: Key, poll: TicketPoll): Promise<void>;
}

const suffix = '!poll';

export const ticketPolls = (connections: Table): TicketPolls => ({
  all: () => scan(connections),
  write: async ({ scope, connectionId }, { since, nextAt, edge }) => {
    const columns = present({ since, nextAt, edge: JSON.stringify(edge) });
    const row = { partitionKey: scope, rowKey: `${connectionId}${suffix}`, ...columns };
    await connections.write({ kind: 'upsert', row });
  },
});

/** A connection's rows lie side by side, its own first: `!` sorts before all that ids are made of. */
async function* scan(table: Table): AsyncIterable<readonly PolledConnection[]> {
  let open: PolledConnection | undefined;
  for await (const page of table.pages({ select: ['tool', 'enabled', 'inbound', 'since', 'nextAt', 'edge'] })) {
    const found: PolledConnection[] = [];
    for (const { row } of page) {
      if (!row.rowKey.includes('!')) {
        if (open !== undefined) found.push(open);
        open = toPolled(row);
      } else if (open !== undefined && isPollOf(open, row)) open = { ...open, poll: toPoll(row) };
    }
    yield found;
  }
  if (open !== undefined) yield [open];
}

const isPollOf = ({ scope, connectionId }: Key, { partitionKey, rowKey }: Row): boolean =>
  partitionKey === scope && rowKey === `${connectionId}${suffix}`;

const toPolled = (row: Row): PolledConnection => ({
  scope: row.partitionKey,
  connectionId: row.rowKey,
  tool: text(row, 'tool') as Tool,
  enabled: flag(row, 'enabled'),
  scheme: schemeIn(text(row, 'inbound')),
  poll: undefined,
});

const schemeIn = (json: string | null): InboundScheme | null => {
  try {
    return (JSON.parse(json ?? '{}') as { readonly scheme?: InboundScheme }).scheme ?? null;
  } catch {
    return null;
  }
};

const toPoll = (row: Row): TicketPoll | undefined => {
  const since = text(row, 'since');
  const nextAt = text(row, 'nextAt');
  return since === null || nextAt === null ? undefined : { since, nextAt, edge: edgeIn(text(row, 'edge')) };
};

/** Garbled: what it names is looked at once more. */
const edgeIn = (json: string | null): TicketPoll['edge'] => {
  try {
    return JSON.parse(json ?? '{}') as TicketPoll['edge'];
  } catch {
    return {};
  }
};
