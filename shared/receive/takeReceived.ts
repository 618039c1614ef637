import { parseJsonBytes } from '../http/input/jsonBody';
import type { Blobs, Log } from '../ports';
import type { Inbox, SwitchedOff } from '../store/inbox';
import { maxBodyDepth } from './receiveWebhook';

export interface TakeDeps {
  readonly inbox: Pick<Inbox, 'find' | 'done' | 'leave'>;
  readonly received: Pick<Blobs, 'get'>;
  readonly log: Log;
}

/** Something that waits to be taken in. */
export interface TakenWebhook {
  readonly scope: string;
  readonly connectionId: string;
  /** Parsed; proven, and not yet understood. */
  readonly body: unknown;
  /** Its sender could not sign: it may comment and propose, never act. */
  readonly isWeak: boolean;
  readonly deliveryId: string | null;
  /** ISO 8601 UTC. */
  readonly receivedAt: string;
  /** When all it brings about is written: it is not asked for again. Once more is no error. */
  done(): Promise<void>;
  /** It waits until that is switched on again, or the inbox's retention ends. */
  leave(off: SwitchedOff): Promise<void>;
}

/**
 * What lies under a key of the inbox; undefined where it is done or gone. Two may take the same at a time, so what it brings about has to
 * bear being done twice.
 * @throws UpstreamError
 */
export const takeReceived = async (
  { inbox, received, log }: TakeDeps,
  inboxKey: string,
): Promise<TakenWebhook | undefined> => {
  const found = await inbox.find(inboxKey);
  if (found === undefined || found.isDone) {
    // Whoever marked it done may have left its hint behind.
    if (found !== undefined) await inbox.done(inboxKey);
    return undefined;
  }
  const { scope, connectionId, isWeak, deliveryId, receivedAt, blob } = found;
  const bytes = await received.get(blob);
  if (bytes === undefined) {
    log.error('what a webhook brought is gone', { scope, connectionId, receivedAt });
    await inbox.done(inboxKey);
    return undefined;
  }
  const body = parseJsonBytes(bytes, maxBodyDepth);
  return {
    ...{ scope, connectionId, body, isWeak, deliveryId, receivedAt },
    done: () => inbox.done(inboxKey),
    leave: (off) => inbox.leave(inboxKey, off),
  };
};
