import type { InvocationContext } from '@azure/functions';
import { app } from '@azure/functions';
import { inboxMessage } from '../../shared/receive/applyTicketChange';
import { queueConnection, services } from '../services';

/** Longer than most outages of storage, which is what a message that is in order fails of. */
const againMs = 10 * 60_000;

/** What failed five times is tried again later; what nobody understands is told and dropped. */
export const retakePoisonQueue = async (given: unknown, context: InvocationContext): Promise<void> => {
  const message = inboxMessage.safeParse(given);
  context.error(`A message of the inbox queue failed five times ${JSON.stringify({ understood: message.success })}`);
  if (!message.success) return;
  const { storage } = await services();
  await storage.inboxQueue.send(message.data, { delayMs: againMs });
};

app.storageQueue('retakePoison', {
  queueName: 'inbox-poison',
  connection: queueConnection,
  handler: retakePoisonQueue,
});
