import { ManagedIdentityCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { AuthError, UpstreamError } from '../errors';
import type { Vault } from '../ports';

export interface KeyVaultOptions {
  readonly url: string;
  /** Client id of the user-assigned identity; undefined: the system-assigned one. */
  readonly managedIdentityClientId: string | undefined;
  /** Locally the vault's host need not match its challenge. */
  readonly anyChallengeHost: boolean;
}

/** Secrets of one Key Vault, read with the app's managed identity. */
export const keyVault = ({ url, managedIdentityClientId, anyChallengeHost }: KeyVaultOptions): Vault => {
  const identity = new ManagedIdentityCredential(
    managedIdentityClientId === undefined ? {} : { clientId: managedIdentityClientId },
  );
  const client = new SecretClient(url, identity, { disableChallengeResourceVerification: anyChallengeHost });
  return {
    getSecret: async (name) => {
      try {
        const { value } = await client.getSecret(name);
        if (value === undefined || value === '') throw new AuthError(`Key Vault secret ${name} is empty`, 'empty');
        return value;
      } catch (error) {
        throw toAppError(error, name);
      }
    },
  };
};

const toAppError = (error: unknown, name: string): Error => {
  if (error instanceof AuthError) return error;
  const status = statusOf(error);
  if (status === 404) return new AuthError(`Key Vault has no secret ${name}`, 'SecretNotFound', { cause: error });
  if (status === 401 || status === 403)
    return new AuthError(
      `Key Vault refuses secret ${name} to the managed identity, or it is disabled`,
      `Key Vault ${status}`,
      { cause: error },
    );
  return new UpstreamError('Key Vault or the managed identity endpoint does not answer', { cause: error });
};

const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
