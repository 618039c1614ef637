import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cloud, CloudOptions } from '../../../local/microsoft';
import { startCloud } from '../../../local/microsoft';
import type { Config } from '../../../shared/config';
import { loadConfig } from '../../../shared/config';
import type { CredentialTrouble } from '../../../shared/identity/applications';
import type { RegistrationName } from '../../../shared/model/registration';
import type { Tenant } from '../../../shared/model/tenant';
import type { AccessToken, TokenTenant, VaultCertificate } from '../../../shared/ports';

export const graphScope = 'https://graph.microsoft.com/.default';
export const defenderScope = 'https://api.security.microsoft.com/.default';

/** An error as it crossed from the other process. */
export interface Failure {
  readonly name: string;
  readonly code?: string;
  readonly reason?: string;
  readonly raw?: string;
  readonly message: string;
  readonly challenge?: { readonly authorizationUri: string; readonly claims?: string };
  readonly scopes?: readonly string[];
  readonly link?: string;
  readonly fields?: readonly { readonly field: string; readonly message: string }[];
  readonly retryable?: boolean;
  readonly tenantId?: string;
}

interface TokenInput {
  readonly tenant: TokenTenant;
  readonly registration: RegistrationName;
  readonly scope: string;
}

interface UserTokenInput {
  readonly assertion: string;
  readonly tenant: TokenTenant;
  readonly scope: string;
}

interface CallInput {
  readonly api: 'graph' | 'mtp' | 'mde';
  readonly tenant: Tenant;
  readonly token: string;
}

interface Commands {
  /** Makes all anew, from the settings given at the start and these. */
  readonly open: { readonly input: Partial<Config>; readonly value: undefined };
  readonly getToken: { readonly input: TokenInput; readonly value: AccessToken };
  readonly onBehalfOf: { readonly input: UserTokenInput; readonly value: AccessToken };
  readonly forget: { readonly input: TokenInput; readonly value: undefined };
  readonly forgetTenant: { readonly input: { tenantId: string }; readonly value: undefined };
  readonly troubles: { readonly input: Record<string, never>; readonly value: readonly CredentialTrouble[] };
  readonly getSecret: { readonly input: { name: string }; readonly value: string };
  readonly setSecret: { readonly input: { name: string; value: string }; readonly value: undefined };
  readonly deleteSecret: { readonly input: { name: string }; readonly value: boolean };
  readonly getCertificate: { readonly input: { name: string }; readonly value: VaultCertificate };
  /** Both in base64url. */
  readonly sign: { readonly input: { keyId: string; digest: string }; readonly value: string };
  /** How many incidents or machines the first page shows to whom the token speaks for. */
  readonly callWith: { readonly input: CallInput; readonly value: number };
  /** How many rows one hunt finds, likewise. */
  readonly huntWith: { readonly input: CallInput; readonly value: number };
  /** How many incidents the first page of the tenant shows. */
  readonly read: { readonly input: { tenant: Tenant }; readonly value: number };
}

export interface IdentityProcess {
  readonly cloud: Cloud;
  /** What the process was started with. */
  readonly config: Config;
  /** Time goes on for the process and for the cloud. */
  advance(ms: number): Promise<void>;
  ask<Name extends keyof Commands>(name: Name, input: Commands[Name]['input']): Promise<Commands[Name]['value']>;
  /** How the command failed. @throws where it did not */
  failure<Name extends keyof Commands>(name: Name, input: Commands[Name]['input']): Promise<Failure>;
  stop(): Promise<void>;
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: Failure;
}

/** The built token provider and vaults in a process that trusts the simulated cloud. */
export const startIdentity = async (options: Partial<CloudOptions>): Promise<IdentityProcess> => {
  let aheadMs = 0;
  const clock = (): bigint => BigInt(Date.now() + aheadMs) * 10_000n;
  const cloud = await startCloud({ seed: 5, tenants: 3, incidentsPerTenant: 0, clock, ...options });
  const config = configOf(cloud, options.nationalCloud);
  const folder = mkdtempSync(join(tmpdir(), 'identity-'));
  writeFileSync(join(folder, 'ca.pem'), cloud.caPem);
  const child: ChildProcess = fork(join(__dirname, 'identityChild.mjs'), {
    execArgv: [],
    env: {
      PATH: process.env.PATH ?? '',
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      IDENTITY_ENDPOINT: cloud.identityEndpoint,
      IDENTITY_HEADER: cloud.identityHeader,
      CONFIG: JSON.stringify(config),
    },
  });
  const waiting = new Map<number, (reply: Reply) => void>();
  const ready = new Promise<Reply>((resolve) => waiting.set(0, resolve));
  child.on('message', (reply: Reply) => waiting.get(reply.id)?.(reply));
  const exited = once(child, 'exit');
  await Promise.race([
    ready,
    exited.then(() => {
      throw new Error('the identity process ended before it was ready');
    }),
  ]);
  let last = 0;
  const exchange = (command: string, input: unknown): Promise<Reply> =>
    new Promise((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      child.send({ id: last, command, input });
    });
  return {
    cloud,
    config,
    advance: async (ms) => {
      aheadMs += ms;
      await exchange('advance', { ms });
    },
    ask: async (name, input) => {
      const { value, error } = await exchange(name, input);
      if (error !== undefined) throw new Error(`${name}: ${JSON.stringify(error)}`);
      return value as Commands[typeof name]['value'];
    },
    failure: async (name, input) => {
      const { error } = await exchange(name, input);
      if (error === undefined) throw new Error(`${name} did not fail`);
      return error;
    },
    stop: async () => {
      child.disconnect();
      await exited;
      await cloud.stop();
      rmSync(folder, { recursive: true });
    },
  };
};

const configOf = (cloud: Cloud, nationalCloud: CloudOptions['nationalCloud'] = 'public'): Config =>
  loadConfig({
    RELAY_CLOUD: nationalCloud,
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    TASK_HUB_NAME: 'relay',
    KEY_VAULT_URL: cloud.vaultUrl,
    AZURE_CLIENT_ID: cloud.managedIdentityClientId,
    RELAY_TENANT_ID: cloud.homeTenantId,
    RELAY_CLIENT_ID: cloud.readerClientId,
    RELAY_API_CLIENT_ID: cloud.apiClientId,
    RELAY_PUBLIC_URL: 'https://relay.example',
    ENTRA_AUTHORITY_HOST: cloud.entraUrl,
    GRAPH_ENDPOINT: cloud.graphUrl,
    DEFENDER_ENDPOINT: cloud.defenderUrl,
    MDE_ENDPOINT: cloud.endpointUrl,
    RELAY_ALLOW_PRIVATE_TARGETS: 'true',
  });

/** The claims of a token, unchecked. */
export const claimsOf = (token: string): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
