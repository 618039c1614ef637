import type { InvocationContext } from '@azure/functions';
import { app } from '@azure/functions';
import { inboxMessage } from '../../shared/receive/applyTicketChange';
import { nextHint } from '../../shared/receive/nextHint';
import { queueConnection, services } from '../services';

/** Longer than most outages of storage, which is what a message that is in order fails of. */
const againMs = 10 * 60_000;

/** What failed five times is tried again later; what nobody understands is told and dropped. */
export const retakePoisonQueue = async (given: unknown, context: InvocationContext): Promise<void> => {
  const message = inboxMessage.safeParse(given);
  context.error(`A message of the inbox queue failed five times ${JSON.stringify({ understood: message.success })}`);
  if (!message.success) return;
  const { changes, storage } = await services();
  const next = await nextHint(changes, message.data, againMs);
  if (next !== undefined) await storage.inboxQueue.send(next, { delayMs: againMs });
};

app.storageQueue('retakePoison', {
  queueName: 'inbox-poison',
  connection: queueConnection,
  handler: retakePoisonQueue,
});
