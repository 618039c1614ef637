import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud } from '../microsoft';
import { startCloud } from '../microsoft';
import { toolKinds } from './tickets/kinds';
import type { WorldFile } from './worldFile';

export type Customer = Pick<Cloud['world']['homeTenant'], 'tenantId' | 'displayName'>;

export interface DemoCloud {
  readonly cloud: Cloud;
  /** Those to register, all of them the provider's. */
  readonly customers: readonly Customer[];
  /** Those with a ticket tool of their own, in the default demo. */
  readonly withTools: readonly Customer[];
  /** Its administrator has not consented yet. */
  readonly broken: Customer | undefined;
  /** Not registered: for whoever tries to add one. */
  readonly candidate: Customer;
  /** Not registered either, and its administrator has consented to nothing: for a first consent link. */
  readonly newcomer: Customer | undefined;
  /** Certificate authority of the cloud as a file, for NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
}

/** Starts the simulated Microsoft cloud over the folder's world; what happened live before is replayed. */
export async function startDemoCloud(world: WorldFile, folder: string): Promise<DemoCloud> {
  const cloud = await startCloud({
    seed: world.seed,
    tenants: world.demo ? world.tenants + 2 : world.tenants,
    incidentsPerTenant: world.incidents,
    now: world.now,
    journal: join(folder, 'changes.jsonl'),
  });
  const caFile = join(folder, 'cloud-ca.pem');
  writeFileSync(caFile, cloud.caPem);
  const customers = cloud.world.tenants.slice(0, world.tenants);
  const broken = world.demo ? customers.at(-1) : undefined;
  if (broken !== undefined) cloud.setCondition(broken.tenantId, 'notConsented');
  const withTools = world.demo ? customers.slice(0, toolKinds.length) : [];
  const [candidate, newcomer] = cloud.world.tenants.slice(world.tenants);
  if (newcomer !== undefined) cloud.setCondition(newcomer.tenantId, 'notConsented');
  // Where every customer is registered, the provider's own tenant is left to add.
  const added = candidate ?? cloud.world.homeTenant;
  return { cloud, customers, withTools, broken, candidate: added, newcomer, caFile };
}

export interface DemoSettings {
  readonly connectionString: string;
  /** Where the app is reached; consent comes back there. */
  readonly publicUrl: string;
  /** Undefined: the app's own default. */
  readonly intervalSeconds: number | undefined;
}

/** The app's settings in the demo, as App Service would hand them over. */
export function demoSettings(
  { cloud, caFile }: DemoCloud,
  { connectionString, publicUrl, intervalSeconds }: DemoSettings,
): Record<string, string> {
  for (const clientId of [cloud.readerClientId, cloud.writerClientId, cloud.defenderClientId, cloud.apiClientId])
    cloud.addRedirectUri(clientId, `${publicUrl}/api/consent/callback`);
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: connectionString,
    TASK_HUB_NAME: 'XdrRelayDemo',
    KEY_VAULT_URL: cloud.vaultUrl,
    AZURE_CLIENT_ID: cloud.managedIdentityClientId,
    RELAY_TENANT_ID: cloud.homeTenantId,
    RELAY_CLIENT_ID: cloud.readerClientId,
    RELAY_WRITER_CLIENT_ID: cloud.writerClientId,
    RELAY_DEFENDER_CLIENT_ID: cloud.defenderClientId,
    RELAY_API_CLIENT_ID: cloud.apiClientId,
    RELAY_CLI_CLIENT_ID: cloud.cliClientId,
    RELAY_PUBLIC_URL: publicUrl,
    ENTRA_AUTHORITY_HOST: cloud.entraUrl,
    GRAPH_ENDPOINT: cloud.graphUrl,
    DEFENDER_ENDPOINT: cloud.defenderUrl,
    MDE_ENDPOINT: cloud.endpointUrl,
    IDENTITY_ENDPOINT: cloud.identityEndpoint,
    IDENTITY_HEADER: cloud.identityHeader,
    NODE_EXTRA_CA_CERTS: caFile,
    // The vault of the demo is reached at 127.0.0.1, which its challenge does not name.
    RELAY_ALLOW_PRIVATE_TARGETS: 'true',
    ...(intervalSeconds === undefined ? {} : { SYNC_INTERVAL_SECONDS: String(intervalSeconds) }),
  };
}
