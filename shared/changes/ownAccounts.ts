import { AppError, TargetError, ThrottledError } from '../errors';
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

/** An account is seldom exchanged; a tool that is away is asked again as often as its lanes probe it, and not by each who needs it. */
const knownMs = 60 * 60_000;
const unknownMs = 5 * 60_000;
const mostKept = 5_000;

interface Known {
  readonly account: string | null;
  /** It was never told, and may be after that. */
  readonly isAway: boolean;
  /** By the monotonic count. */
  readonly untilMs: number;
}

/** The tool that should tell our account, or the vault in front of it, is away, or asks us to wait. */
export class AccountAway extends ThrottledError {}

/**
 * The account that we write as in a connection's tool, asked once an hour and process; what it told once holds while it is away. Null where
 * it cannot tell: then an echo is known by ledger and state alone.
 * @throws AccountAway where that passes: the ledger does not have all that we wrote, and our own write would be taken for a person's
 */
export const createOwnAccounts = (deps: ToolDeps): ((connection: Connection) => Promise<string | null>) => {
  const { clock, log } = deps;
  const known = new Map<string, Known>();
  const looking = new Map<string, Promise<Known>>();
  const look = async (connection: Connection, before: Known | undefined): Promise<Known> => {
    const { scope, connectionId } = connection;
    const until = (ms: number): number => clock.elapsedMs() + ms;
    try {
      const account = await ask(deps, connection);
      return { account, isAway: false, untilMs: until(account === null ? unknownMs : knownMs) };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      log.warn('a tool does not tell our account', { scope, connectionId, code: error.code });
      const account = before?.account ?? null;
      if (account !== null || isNo(error)) return { account, isAway: false, untilMs: until(unknownMs) };
      return {
        account,
        isAway: true,
        untilMs: until(error instanceof ThrottledError ? error.retryAfterMs : unknownMs),
      };
    }
  };
  return async (connection) => {
    const { scope, connectionId, url } = connection;
    // Put again with another account, it is another.
    const key = JSON.stringify([scope, connectionId, url, connection.auth ?? null, connection.secretsSetAt ?? null]);
    let now = known.get(key);
    if (now === undefined || now.untilMs <= clock.elapsedMs()) {
      const running = looking.get(key) ?? look(connection, now).finally(() => looking.delete(key));
      looking.set(key, running);
      now = await running;
      if (known.size >= mostKept) known.clear();
      known.set(key, now);
    }
    if (!now.isAway) return now.account;
    throw new AccountAway('The tool does not tell our account', Math.max(1, now.untilMs - clock.elapsedMs()));
  };
};

/** For good: it has no such name for us, or does not let us ask, though tickets may be written all the same. */
const isNo = (error: AppError): boolean =>
  error instanceof TargetError && (error.reason === 'refused' || error.reason === 'credential');

const ask = async (deps: ToolDeps, connection: Connection): Promise<string | null> =>
  (await connectorOf(deps, connection)?.whoAmI())?.id ?? null;
