import { performance } from 'node:perf_hooks';
import { clouds } from '../../shared/clouds';
import type { Config, StorageConfig } from '../../shared/config';
import { AppError, AuthError, ConfigError, ConsentError, messageOf } from '../../shared/errors';
import { cureFor } from '../../shared/access/cures';
import type { Clock, Send } from '../../shared/ports';
import type { SettingsChoice } from '../settings';
import { findSettings, useSettings } from '../settings';
import { RanElsewhere } from '../withCertificates';
import { checkEntra } from './checkEntra';
import type { Finding } from './finding';
import { failed, fine, skipped } from './finding';

const clock: Clock = { now: () => Date.now(), elapsedMs: () => performance.now() };
const storageTimeoutMs = 15_000;

/** The app's own settings, and what they lead to from here: Entra, vault, storage. @throws RanElsewhere */
export const checkSettings = async (choice: SettingsChoice, send: Send): Promise<readonly Finding[]> => {
  let from = choice.settings ?? 'the settings';
  let config: Config;
  try {
    const found = findSettings(choice, process.env);
    if (found === undefined)
      return [skipped('settings', "The app's settings are not at hand here; --settings FILE names them.")];
    ({ from } = found);
    config = await useSettings(found);
  } catch (error) {
    if (error instanceof RanElsewhere) throw error;
    const faults = error instanceof ConfigError ? error.faults : [messageOf(error)];
    return faults.map((fault) => failed('settings', fault, `Correct it in ${from}; docs/settings.md lists them all.`));
  }
  const { home, endpoints, credential } = config;
  const settings = fine(
    'settings',
    `${from}: home tenant ${home.tenantId}, cloud ${home.cloud}, credential ${credential.kind}.`,
  );
  const [entra, vault, storage] = await Promise.all([
    checkEntra(send, endpoints.authority, home.tenantId),
    checkCredential(config, send),
    checkStorage(config.storage),
  ]);
  return [settings, ...entra, vault, ...storage];
};

/** The whole way of a credential: managed identity, vault, and Entra taking it in the home tenant. */
const checkCredential = async (config: Config, send: Send): Promise<Finding> => {
  const { home, credential, keyVaultUrl } = config;
  const name = credential.kind === 'federated' ? 'credential' : 'vault';
  const { openIdentity } = await import('../../shared/identity/openIdentity.js');
  const { tokens } = openIdentity(config, clock, send);
  const tenant = { tenantId: home.tenantId, cloud: home.cloud };
  try {
    await tokens.getToken(tenant, 'reader', clouds[home.cloud].graphScope);
    return fine(name, `${thingOf(config)} is there, and Entra takes it.`);
  } catch (error) {
    // Without consent at home Entra has looked at the credential all the same: that is all that is asked here.
    if (error instanceof ConsentError)
      return fine(name, `${thingOf(config)} is there (${error.raw}: no consent at home).`);
    if (error instanceof AuthError) {
      const registration = { authority: config.endpoints.authority, clientId: home.clientId, credential };
      const { cure } = cureFor(error.reason, home.tenantId, registration, error.raw);
      return failed(name, `${error.message} (${error.raw === '' ? error.code : error.raw}).`, cure);
    }
    const code = error instanceof AppError ? error.code : 'ERR_INTERNAL';
    return failed(
      name,
      `${messageOf(error)} (${code}).`,
      `A managed identity exists only where the app runs: outside Azure this fails, and the relay's own word above counts. There, see that ${keyVaultUrl} and the identity endpoint can be reached.`,
    );
  }
};

const thingOf = ({ credential }: Config): string =>
  credential.kind === 'federated' ? "The managed identity's token" : `The ${credential.kind} ${credential.name}`;

const checkStorage = async (storage: StorageConfig): Promise<readonly Finding[]> => {
  const services = ['tables', 'blobs', 'queues'] as const;
  const asked = await openServices(storage);
  return Promise.all(services.map((service) => checkService(`storage: ${service}`, asked[service])));
};

const checkService = async (name: string, ask: (signal: AbortSignal) => Promise<unknown>): Promise<Finding> => {
  try {
    await ask(AbortSignal.timeout(storageTimeoutMs));
    return fine(name, 'They answer.');
  } catch (error) {
    return failed(
      name,
      firstLine(messageOf(error)),
      'Check RELAY_STORAGE (or AzureWebJobsStorage), the network rules of the account, and the roles of the identity (docs/permissions.md).',
    );
  }
};

type Ask = (abortSignal: AbortSignal) => Promise<unknown>;

/** The first page of what each service holds: the cheapest question that needs the right to read. */
const openServices = async (storage: StorageConfig): Promise<Record<'tables' | 'blobs' | 'queues', Ask>> => {
  const [{ TableServiceClient }, { BlobServiceClient }, { QueueServiceClient }] = await Promise.all([
    import('@azure/data-tables'),
    import('@azure/storage-blob'),
    import('@azure/storage-queue'),
  ]);
  const retryOptions = { maxRetries: 0 };
  if (storage.kind === 'connectionString') {
    const { connectionString } = storage;
    const options = { allowInsecureConnection: true, retryOptions };
    const tables = TableServiceClient.fromConnectionString(connectionString, options);
    const blobs = BlobServiceClient.fromConnectionString(connectionString, { retryOptions: { maxTries: 1 } });
    const queues = QueueServiceClient.fromConnectionString(connectionString, { retryOptions: { maxTries: 1 } });
    return {
      tables: (abortSignal) => tables.listTables({ abortSignal }).next(),
      blobs: (abortSignal) => blobs.listContainers({ abortSignal }).next(),
      queues: (abortSignal) => queues.listQueues({ abortSignal }).next(),
    };
  }
  const { managedIdentity } = await import('../../shared/identity/managedIdentity.js');
  const identity = managedIdentity(storage.clientId);
  const tables = new TableServiceClient(storage.tableServiceUri, identity, { retryOptions });
  const blobs = new BlobServiceClient(storage.blobServiceUri, identity, { retryOptions: { maxTries: 1 } });
  const queues = new QueueServiceClient(storage.queueServiceUri, identity, { retryOptions: { maxTries: 1 } });
  return {
    tables: (abortSignal) => tables.listTables({ abortSignal }).next(),
    blobs: (abortSignal) => blobs.listContainers({ abortSignal }).next(),
    queues: (abortSignal) => queues.listQueues({ abortSignal }).next(),
  };
};

const firstLine = (text: string): string => text.split('\n')[0] ?? text;
