import { appendFileSync } from 'node:fs';
import { TableClient, TableServiceClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';

/** Where bytes were found: told by the summary at the end of a whole run. */
export type Place = 'tables' | 'queues' | 'blobs' | 'history' | 'logs' | 'answers' | 'command line' | 'files';

/**
 * What never belongs there, by shape, because every secret of the simulated cloud has one: signed tokens, client secrets (Entra's own
 * `8Q~` mark), refresh tokens and authorization codes, webhook secrets, and whatever a test plants by the name of canary.
 */
const shapes: readonly (readonly [name: string, shape: RegExp])[] = [
  ['token', /eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{40,}/],
  ['client secret', /[\w-]{3}8Q~[\w-]{30,}/],
  ['refresh token or code', /(?<![\w.])1\.[\w-]{86,}/],
  ['webhook secret', /whsec_[A-Za-z0-9+/]{32,}/],
  ['canary', /canary-secret-[\w-]{8,}/],
];

/** @throws Error naming place and kind, never the secret */
export const watchText = (place: Place, text: string): void => {
  const found = shapes.filter(([, shape]) => shape.test(text)).map(([name]) => name);
  const file = process.env.XDR_RELAY_LEAKS;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ place, bytes: text.length, found })}\n`);
  if (found.length === 0) return;
  const [, shape] = shapes.find(([name]) => name === found[0]) ?? [];
  const at = shape?.exec(text)?.index ?? 0;
  throw new Error(`a ${found.join(' and a ')} lies in the ${place}, after: ${text.slice(Math.max(0, at - 120), at)}`);
};

/** Everything a storage account holds: rows as their texts and bytes, messages decoded, blobs. */
export const watchStorage = async (connectionString: string): Promise<void> => {
  const allowInsecureConnection = true;
  const tables = TableServiceClient.fromConnectionString(connectionString, { allowInsecureConnection });
  for await (const { name = '' } of tables.listTables()) {
    const table = TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection });
    for await (const page of table.listEntities().byPage({ maxPageSize: 1000 }))
      watchText('tables', JSON.stringify(page, readable));
  }
  const queues = QueueServiceClient.fromConnectionString(connectionString);
  for await (const { name } of queues.listQueues()) {
    const { peekedMessageItems } = await queues.getQueueClient(name).peekMessages({ numberOfMessages: 32 });
    for (const { messageText } of peekedMessageItems)
      watchText('queues', `${messageText} ${Buffer.from(messageText, 'base64').toString('utf8')}`);
  }
  const blobs = BlobServiceClient.fromConnectionString(connectionString);
  for await (const { name: container } of blobs.listContainers())
    for await (const { name } of blobs.getContainerClient(container).listBlobsFlat()) {
      const content = await blobs.getContainerClient(container).getBlobClient(name).downloadToBuffer();
      watchText('blobs', `${name} ${content.toString('latin1')}`);
    }
};

const readable = (_: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : typeof value === 'bigint' ? `${value}` : value;
