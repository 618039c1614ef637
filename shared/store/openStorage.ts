import { TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';
import type { StorageConfig } from '../config';
import { UpstreamError } from '../errors';
import type { Blobs, Table } from '../ports';
import { azureBlobs } from './blobs';
import { azureTable } from './azureTable';

export interface Storage {
  readonly tenants: Table;
  readonly incidents: Table;
  readonly index: Table;
  readonly runs: Table;
  readonly bodies: Blobs;
  /** Makes what is missing. @throws UpstreamError where storage does not answer */
  prepare(): Promise<void>;
}

const emulator =
  'DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;' +
  'BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;';

/** The data account's tables and containers; nothing is asked of it before `prepare`. */
export const openStorage = (config: StorageConfig): Storage => {
  const account = config.kind === 'identity' ? byIdentity(config) : byConnectionString(config.connectionString);
  const tables = {
    tenants: account.table('tenants'),
    incidents: account.table('incidents'),
    index: account.table('index'),
    runs: account.table('runs'),
  };
  const container = account.blobs.getContainerClient('bodies');
  return {
    tenants: azureTable(tables.tenants),
    incidents: azureTable(tables.incidents),
    index: azureTable(tables.index),
    runs: azureTable(tables.runs),
    bodies: azureBlobs(container),
    prepare: async () => {
      try {
        await Promise.all([
          ...Object.values(tables).map((table) => table.createTable()),
          container.createIfNotExists(),
        ]);
      } catch (cause) {
        throw new UpstreamError('Storage does not answer: tables and containers could not be prepared', { cause });
      }
    },
  };
};

interface Account {
  table(name: string): TableClient;
  readonly blobs: BlobServiceClient;
}

const byConnectionString = (given: string): Account => {
  const connectionString = given === 'UseDevelopmentStorage=true' ? emulator : given;
  const allowInsecureConnection = /(^|;)DefaultEndpointsProtocol=http(;|$)|(^|;)TableEndpoint=http:/i.test(
    connectionString,
  );
  return {
    table: (name) => TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection }),
    blobs: BlobServiceClient.fromConnectionString(connectionString),
  };
};

const byIdentity = (config: StorageConfig & { kind: 'identity' }): Account => {
  const credential = new ManagedIdentityCredential(config.clientId === undefined ? {} : { clientId: config.clientId });
  return {
    table: (name) => new TableClient(config.tableServiceUri, name, credential),
    blobs: new BlobServiceClient(config.blobServiceUri, credential),
  };
};
