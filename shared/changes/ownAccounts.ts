import { AppError } from '../errors';
import type { Connection, Tool } from '../model/connection';
import type { Clock, Log, Send } from '../ports';
import type { ConnectionSecrets } from '../ticketing/connectionSecrets';
import type { Connector, ToolDefinition } from '../ticketing/connector';

export interface ToolDeps {
  readonly tools: Readonly<Partial<Record<Tool, ToolDefinition>>>;
  readonly secrets: Pick<ConnectionSecrets, 'auth' | 'outbound'>;
  /** Guarded: it opens no connection to an address that is not public. */
  readonly send: Send;
  readonly clock: Clock;
  readonly log: Log;
}

/** Undefined for what keeps no tickets, or a tool that this release does not know. */
export const connectorOf = (
  { tools, secrets, send, clock }: ToolDeps,
  connection: Connection,
): Connector | undefined => {
  const tool = tools[connection.tool];
  if (tool?.delivers !== 'state') return undefined;
  return tool.connect({
    connection,
    secret: () => secrets.auth(connection),
    signingSecrets: () => secrets.outbound(connection),
    send,
    clock,
  });
};

/** An account is seldom exchanged; a tool that is away is asked again soon. */
const knownMs = 60 * 60_000;
const unknownMs = 5 * 60_000;
const mostKept = 5_000;

interface Known {
  readonly account: string | null;
  readonly untilMs: number;
}

/**
 * The account that we write as in a connection's tool, asked once an hour and process. Null where the tool cannot tell: then an echo is
 * known by ledger and state alone.
 */
export const createOwnAccounts = (deps: ToolDeps): ((connection: Connection) => Promise<string | null>) => {
  const { clock, log } = deps;
  const known = new Map<string, Known>();
  return async (connection) => {
    const { scope, connectionId, url } = connection;
    // Put again with another account, it is another.
    const key = JSON.stringify([scope, connectionId, url, connection.auth ?? null, connection.secretsSetAt ?? null]);
    const found = known.get(key);
    if (found !== undefined && found.untilMs > clock.elapsedMs()) return found.account;
    const account = await ask(deps, connection).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      log.warn('a tool does not tell our account', { scope, connectionId, code: error.code });
      return null;
    });
    if (known.size >= mostKept) known.clear();
    known.set(key, { account, untilMs: clock.elapsedMs() + (account === null ? unknownMs : knownMs) });
    return account;
  };
};

const ask = async (deps: ToolDeps, connection: Connection): Promise<string | null> =>
  (await connectorOf(deps, connection)?.whoAmI())?.id ?? null;
