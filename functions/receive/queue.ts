import type { InvocationContext } from '@azure/functions';
import { app } from '@azure/functions';
import { applyTicketChange, inboxMessage } from '../../shared/receive/applyTicketChange';
import { queueConnection, services } from '../services';

/** A message comes again a little later where it has to wait; the sweep brings back those that got lost. */
export const applyTicketChangeQueue = async (given: unknown, context: InvocationContext): Promise<void> => {
  const message = inboxMessage.safeParse(given);
  if (!message.success) {
    // Whatever put it there was not our receiver, and it will read no better the next time.
    context.error('A message of the inbox queue is not ours');
    return;
  }
  const { changes, storage } = await services();
  const taken = await applyTicketChange(changes, message.data);
  if (taken.is === 'again') await storage.inboxQueue.send(taken.message, { delayMs: taken.inMs });
};

app.storageQueue('applyTicketChange', {
  queueName: 'inbox',
  connection: queueConnection,
  handler: applyTicketChangeQueue,
});
