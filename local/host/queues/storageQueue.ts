import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';
import { connectionString, type Settings } from '../settings';
import { textOption, type NamedBinding } from '../appFunction';

/** Clients of the queues an app names, one service client a connection. The host's own checks ran before. */
export interface QueueClients {
  of(binding: NamedBinding): QueueClient;
  poisonOf(binding: NamedBinding): QueueClient;
}

export function createQueueClients(settings: Settings): QueueClients {
  const services = new Map<string, QueueServiceClient>();

  function service(binding: NamedBinding): QueueServiceClient {
    const connection = textOption(binding, 'connection') ?? 'AzureWebJobsStorage';
    const known = services.get(connection);
    if (known) return known;
    const created = QueueServiceClient.fromConnectionString(connectionString(connection, settings) ?? '');
    services.set(connection, created);
    return created;
  }

  const name = (binding: NamedBinding) => textOption(binding, 'queueName') ?? '';
  return {
    of: (binding) => service(binding).getQueueClient(name(binding)),
    poisonOf: (binding) => service(binding).getQueueClient(`${name(binding)}-poison`),
  };
}

export function isQueueMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'statusCode' in error && error.statusCode === 404;
}

/** Sends a text; a queue that is not there is made. */
export async function sendCreating(queue: QueueClient, text: string): Promise<void> {
  try {
    await queue.sendMessage(text);
  } catch (error) {
    if (!isQueueMissing(error)) throw error;
    await queue.createIfNotExists();
    await queue.sendMessage(text);
  }
}
