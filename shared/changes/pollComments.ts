import { ContractError, TargetError } from '../errors';
import type { Connection } from '../model/connection';
import type { TicketComment, TicketEvent } from '../model/ticket';
import type { Connector } from '../ticketing/connector';
import { shortHash } from '../ticketing/rules/shortHash';
import type { ApplyDeps } from './applied';
import { applyEvent } from './applyEvent';

/**
 * Takes in what people wrote in one ticket at or after `since` (ISO 8601 UTC), as if its webhooks had told it; what they have told is known
 * again. Where nobody can tell which comments are ours, none are asked for. @returns whether all of it is taken in
 * @throws ThrottledError · UpstreamError (the tool)
 */
export const pollComments = async (
  deps: ApplyDeps,
  connection: Connection,
  connector: Connector,
  ticketId: string,
  since: string,
): Promise<boolean> => {
  if (connector.commentsSince === undefined || connection.inbound.comments === 'none') return true;
  const ownAccount = await deps.ownAccountOf(connection);
  if (ownAccount === null) return true;
  let isAll = true;
  for (const comment of await listed(deps, connection, () => connector.commentsSince?.(ticketId, since))) {
    if (comment.author?.id === ownAccount) continue;
    const { id, at, author, text } = comment;
    const seed = `poll ${connection.scope} ${connection.connectionId} ${ticketId} ${id ?? shortHash(24, at, author?.id ?? '', text)}`;
    const isWeak = connection.inbound.scheme === 'header';
    const applied = await applyEvent(deps, { connection, event: toCommentEvent(ticketId, comment), seed, isWeak });
    if (applied.is === 'again') isAll = false;
  }
  return isAll;
};

/** A ticket whose comments cannot be had holds up no other. */
const listed = async (
  { log }: ApplyDeps,
  { scope, connectionId }: Connection,
  ask: () => Promise<readonly TicketComment[]> | undefined,
): Promise<readonly TicketComment[]> => {
  try {
    return (await ask()) ?? [];
  } catch (error) {
    if (!(error instanceof TargetError) && !(error instanceof ContractError)) throw error;
    log.warn('comments of a ticket could not be looked through', { scope, connectionId, code: error.code });
    return [];
  }
};

const toCommentEvent = (ticketId: string, { id, text, visibility, author, at }: TicketComment): TicketEvent => ({
  ticketId,
  kind: 'commented',
  actor: author,
  occurredAt: at,
  version: null,
  comment: { id, text, visibility },
});
