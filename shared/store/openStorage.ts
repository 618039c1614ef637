import { TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import type { StorageConfig } from '../config';
import { UpstreamError } from '../errors';
import type { Blobs, Queue, Table } from '../ports';
import { azureBlobs } from './blobs';
import { azureTable } from './azureTable';
import { azureQueue } from './queues';

export interface Storage {
  readonly tenants: Table;
  readonly incidents: Table;
  readonly index: Table;
  readonly runs: Table;
  readonly connections: Table;
  readonly inbox: Table;
  /** Incidents too large for their rows. */
  readonly bodies: Blobs;
  /** What webhooks brought, as received. */
  readonly received: Blobs;
  /** Hints that events wait to be delivered. */
  readonly deliverQueue: Queue;
  /** Hints that something received waits to be taken in. */
  readonly inboxQueue: Queue;
  /** Makes what is missing. @throws UpstreamError where storage does not answer */
  prepare(): Promise<void>;
}

const emulator =
  'DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;' +
  'BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;';

/** The data account's tables, containers and queues; nothing is asked of it before `prepare`. */
export const openStorage = (config: StorageConfig): Storage => {
  const account = config.kind === 'identity' ? byIdentity(config) : byConnectionString(config.connectionString);
  const tables = {
    tenants: account.table('tenants'),
    incidents: account.table('incidents'),
    index: account.table('index'),
    runs: account.table('runs'),
    connections: account.table('connections'),
    inbox: account.table('inbox'),
  };
  const bodies = account.blobs.getContainerClient('bodies');
  const received = account.blobs.getContainerClient('inbox');
  const deliver = account.queues.getQueueClient('deliver');
  const inbox = account.queues.getQueueClient('inbox');
  return {
    tenants: azureTable(tables.tenants),
    incidents: azureTable(tables.incidents),
    index: azureTable(tables.index),
    runs: azureTable(tables.runs),
    connections: azureTable(tables.connections),
    inbox: azureTable(tables.inbox),
    bodies: azureBlobs(bodies),
    received: azureBlobs(received),
    deliverQueue: azureQueue(deliver),
    inboxQueue: azureQueue(inbox),
    prepare: async () => {
      try {
        await Promise.all([
          ...Object.values(tables).map((table) => table.createTable()),
          ...[bodies, received].map((container) => container.createIfNotExists()),
          ...[deliver, inbox].map((queue) => queue.createIfNotExists()),
        ]);
      } catch (cause) {
        throw new UpstreamError('Storage does not answer: tables, containers and queues could not be prepared', {
          cause,
        });
      }
    },
  };
};

interface Account {
  table(name: string): TableClient;
  readonly blobs: BlobServiceClient;
  readonly queues: QueueServiceClient;
}

const byConnectionString = (given: string): Account => {
  const connectionString = given === 'UseDevelopmentStorage=true' ? emulator : given;
  const allowInsecureConnection = /(^|;)DefaultEndpointsProtocol=http(;|$)|(^|;)TableEndpoint=http:/i.test(
    connectionString,
  );
  return {
    table: (name) => TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection }),
    blobs: BlobServiceClient.fromConnectionString(connectionString),
    queues: QueueServiceClient.fromConnectionString(connectionString),
  };
};

const byIdentity = (config: StorageConfig & { kind: 'identity' }): Account => {
  const credential = new ManagedIdentityCredential(config.clientId === undefined ? {} : { clientId: config.clientId });
  return {
    table: (name) => new TableClient(config.tableServiceUri, name, credential),
    blobs: new BlobServiceClient(config.blobServiceUri, credential),
    queues: new QueueServiceClient(config.queueServiceUri, credential),
  };
};
