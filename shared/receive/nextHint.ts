import type { Clock } from '../ports';
import type { Inbox } from '../store/inbox';
import type { InboxMessage } from './receiveWebhook';

export interface HintDeps {
  readonly inbox: Pick<Inbox, 'wait'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * What is to be sent in `inMs` so that what has to wait comes again. Queues bring a message twice, and the sweep adds some: each would be sent
 * again and again for as long as there is something to wait for. So only the last hint of a delivery has a next one; undefined for any
 * other, and where it is done. A next one that is not sent after all the sweep asks for.
 * @throws UpstreamError
 */
export const nextHint = async (
  { inbox, clock }: HintDeps,
  message: InboxMessage,
  inMs: number,
): Promise<InboxMessage | undefined> => {
  const dueAt = new Date(clock.now() + inMs).toISOString();
  const turn = await inbox.wait(message.inboxKey, message.turn ?? 0, dueAt);
  return turn === undefined ? undefined : { ...message, turn };
};
