import type { QueueClient } from '@azure/storage-queue';
import { UpstreamError } from '../errors';
import type { Queue } from '../ports';

/** Azure keeps a message hidden for seven days at the most. @see https://learn.microsoft.com/rest/api/storageservices/put-message */
const longestDelayMs = 7 * 24 * 60 * 60_000;

/** A storage queue as a queue trigger reads it: base64 of JSON. */
export const azureQueue = (queue: QueueClient): Queue => ({
  send: async (message, { delayMs = 0 } = {}) => {
    const visibilityTimeout = Math.ceil(Math.min(Math.max(delayMs, 0), longestDelayMs - 1_000) / 1000);
    try {
      // It outlives its own delay; after that the sweep is what finds things again.
      await queue.sendMessage(Buffer.from(JSON.stringify(message)).toString('base64'), {
        visibilityTimeout,
        messageTimeToLive: visibilityTimeout + 24 * 60 * 60,
      });
    } catch (cause) {
      throw new UpstreamError('A message could not be put into a storage queue', { cause });
    }
  },
});
