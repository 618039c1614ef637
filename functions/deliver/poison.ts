import type { InvocationContext } from '@azure/functions';
import { app } from '@azure/functions';
import { deliverMessage } from '../../shared/delivery/deliverMessage';
import { queueConnection, services } from '../services';

/** Longer than most outages of storage, which is what a message that is in order fails of. */
const againMs = 10 * 60_000;

/** What failed five times is tried again later; what nobody understands is told and dropped. */
export const redeliverPoisonQueue = async (given: unknown, context: InvocationContext): Promise<void> => {
  const message = deliverMessage.safeParse(given);
  context.error(`A message of the deliver queue failed five times ${JSON.stringify({ understood: message.success })}`);
  if (!message.success) return;
  const { storage } = await services();
  await storage.deliverQueue.send(message.data, { delayMs: againMs });
};

app.storageQueue('redeliverPoison', {
  queueName: 'deliver-poison',
  connection: queueConnection,
  handler: redeliverPoisonQueue,
});
