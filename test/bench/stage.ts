import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Azurite } from '../../local/azurite';
import { startAzurite } from '../../local/azurite';
import { forkCalls } from './childCalls';
import type { CloudCalls } from './cloudProcess';
import type { DelayProxy } from './delayProxy';
import { startDelayProxy } from './delayProxy';

export const apiDelayMs = 200;
export const storageDelayMs = 10;

export interface StageOptions {
  readonly seed: number;
  readonly tenants: number;
  readonly incidentsPerTenant: number;
  /** Whether anyone reads the Defender API; default false. */
  readonly ofDefender?: boolean;
}

export interface StagedTenant {
  readonly tenantId: string;
  readonly displayName: string;
}

/** A cloud with its customers and an empty storage account, as all contestants meet them. */
export interface Stage {
  readonly tenants: readonly StagedTenant[];
  /** The relay's settings; the storage in them answers `storageDelayMs` late. */
  readonly settings: Readonly<Record<string, string>>;
  /** The same storage without delay, for preparing and checking. */
  readonly directStorage: string;
  /** Process ids of what stands in for Microsoft and Azure; the proxies in front of storage run in our own process. */
  readonly pids: { readonly cloud: number; readonly storage: number; readonly proxies: number };
  /** Graph and the Defender API answer after so many milliseconds; none at first. */
  answersAfter(delayMs: number): Promise<void>;
  stop(): Promise<void>;
}

export const startStage = async ({ ofDefender = false, ...world }: StageOptions): Promise<Stage> => {
  const folder = mkdtempSync(join(tmpdir(), 'xdr-relay-bench-'));
  // Also where a signal ends the bench in the middle of it.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const endings: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    const cloud = forkCalls<CloudCalls>(join(__dirname, 'cloudProcess.js'), {});
    endings.push(() => cloud.stop());
    const facts = await cloud.call('start', { ...world, ofDefender });
    const azurite = await startAzurite();
    endings.push(() => azurite.stop());
    const { storage, proxies } = await delayed(azurite);
    endings.push(...proxies.map((proxy) => () => proxy.stop()));
    const caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, facts.caPem);
    return {
      tenants: facts.tenants,
      directStorage: azurite.connectionString,
      pids: { cloud: cloud.pid, storage: azurite.pid, proxies: process.pid },
      settings: {
        AzureWebJobsStorage: storage,
        TASK_HUB_NAME: 'RelayBench',
        KEY_VAULT_URL: facts.vaultUrl,
        AZURE_CLIENT_ID: facts.managedIdentityClientId,
        RELAY_TENANT_ID: facts.homeTenantId,
        RELAY_CLIENT_ID: facts.readerClientId,
        RELAY_API_CLIENT_ID: facts.apiClientId,
        ENTRA_AUTHORITY_HOST: facts.entraUrl,
        GRAPH_ENDPOINT: facts.graphUrl,
        DEFENDER_ENDPOINT: facts.defenderUrl,
        IDENTITY_ENDPOINT: facts.identityEndpoint,
        IDENTITY_HEADER: facts.identityHeader,
        NODE_EXTRA_CA_CERTS: caFile,
        RELAY_ALLOW_PRIVATE_TARGETS: 'true',
      },
      answersAfter: (delayMs) => cloud.call('answerAfter', delayMs),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

const delayed = async ({ connectionString, ports }: Azurite): Promise<{ storage: string; proxies: DelayProxy[] }> => {
  let storage = connectionString;
  const proxies: DelayProxy[] = [];
  for (const port of Object.values(ports) as number[]) {
    const proxy = await startDelayProxy(port, storageDelayMs);
    proxies.push(proxy);
    storage = storage.replace(`:${port}/`, `:${proxy.port}/`);
  }
  return { storage, proxies };
};
