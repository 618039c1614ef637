import { app } from '@azure/functions';
import { queueConnection, services } from '../services';

/** A hint that something waits to be told; what it stands for is in the outbox. */
export const deliverWaitingQueue = async (message: unknown): Promise<void> => {
  const { delivery } = await services();
  await delivery.take(message);
};

app.storageQueue('deliverWaiting', {
  queueName: 'deliver',
  connection: queueConnection,
  handler: deliverWaitingQueue,
});
