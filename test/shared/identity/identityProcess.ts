import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cloud, CloudOptions } from '../../../local/microsoft';
import { startCloud } from '../../../local/microsoft';
import type { AccessToken } from '../../../shared/ports';

export const graphScope = 'https://graph.microsoft.com/.default';

/** An error as it crossed from the other process. */
export interface Failure {
  readonly name: string;
  readonly code?: string;
  readonly reason?: string;
  readonly raw?: string;
  readonly message: string;
  readonly retryable?: boolean;
  readonly tenantId?: string;
}

interface Commands {
  readonly getToken: { readonly input: { tenantId: string; scope: string }; readonly value: AccessToken };
  readonly forget: { readonly input: { tenantId: string; scope: string }; readonly value: undefined };
  readonly getSecret: { readonly input: { name: string }; readonly value: string };
  readonly advance: { readonly input: { ms: number }; readonly value: undefined };
}

export interface IdentityProcess {
  readonly cloud: Cloud;
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

/** The built token provider and vault in a process that trusts the simulated cloud. */
export const startIdentity = async (
  options: Partial<CloudOptions> & { secretName?: string },
): Promise<IdentityProcess> => {
  const cloud = await startCloud({ seed: 5, tenants: 3, incidentsPerTenant: 0, ...options });
  const folder = mkdtempSync(join(tmpdir(), 'identity-'));
  writeFileSync(join(folder, 'ca.pem'), cloud.caPem);
  const child: ChildProcess = fork(join(__dirname, 'identityChild.mjs'), {
    execArgv: [],
    env: {
      PATH: process.env.PATH ?? '',
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      IDENTITY_ENDPOINT: cloud.identityEndpoint,
      IDENTITY_HEADER: cloud.identityHeader,
      CLOUD: JSON.stringify({
        url: cloud.vaultUrl,
        managedIdentityClientId: cloud.managedIdentityClientId,
        authority: cloud.entraUrl,
        clientId: cloud.readerClientId,
        secretName: options.secretName ?? 'relay-app-secret',
      }),
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

/** The claims of a token, unchecked. */
export const claimsOf = (token: string): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
