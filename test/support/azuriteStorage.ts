import type { Azurite } from '../../local/azurite';
import { startAzurite } from '../../local/azurite';
import type { Storage } from '../../shared/store/openStorage';
import { openStorage } from '../../shared/store/openStorage';
import { watchStorage } from './leakWatch';

export interface AzuriteStorage extends Storage {
  readonly azurite: Azurite;
  stop(): Promise<void>;
}

/** The product's own tables and container over an Azurite in memory. */
export const startStorage = async (): Promise<AzuriteStorage> => {
  const azurite = await startAzurite();
  const storage = openStorage({ kind: 'connectionString', connectionString: azurite.connectionString });
  await storage.prepare();
  const stop = async (): Promise<void> => {
    await watchStorage(azurite.connectionString);
    await azurite.stop();
  };
  return { ...storage, azurite, stop };
};
