import type { TokenCredential } from '@azure/identity';
import { CryptographyClient } from '@azure/keyvault-keys';
import { SecretClient } from '@azure/keyvault-secrets';
import { AuthError } from '../errors';
import type { Send, Vault } from '../ports';
import { readCertificate, readCertificateEnd } from './vaultCertificate';
import { fromVault, statusOf } from './vaultError';

export interface KeyVaultOptions {
  readonly url: string;
  /** Who we are there. */
  readonly identity: TokenCredential;
  /** What tokens for vaults of this cloud are asked with. */
  readonly scope: string;
  /** Locally the vault's host need not match its challenge. */
  readonly anyChallengeHost: boolean;
  readonly send: Send;
}

/** For a whole call with its retries: a vault may ask for any wait (Retry-After), and the SDK would keep to it. */
const timeoutMs = 30_000;
const recoverEveryMs = 500;
const keptSigners = 200;

/** One Key Vault, used with the app's managed identity. */
export const keyVault = ({ url: given, identity, scope, anyChallengeHost, send }: KeyVaultOptions): Vault => {
  const url = given.replace(/\/+$/, '');
  const client = new SecretClient(url, identity, { disableChallengeResourceVerification: anyChallengeHost });
  const signers = new Map<string, CryptographyClient>();

  const signerOf = (keyId: string): CryptographyClient => {
    const known = signers.get(keyId);
    if (known !== undefined) return known;
    const made = new CryptographyClient(keyId, identity, { disableChallengeResourceVerification: anyChallengeHost });
    // Renewed certificates leave their old keys behind.
    if (signers.size >= keptSigners) signers.clear();
    signers.set(keyId, made);
    return made;
  };

  const recover = async (name: string): Promise<void> => {
    const abortSignal = AbortSignal.timeout(timeoutMs);
    const recovery = await client.beginRecoverDeletedSecret(name, { intervalInMs: recoverEveryMs, abortSignal });
    await recovery.pollUntilDone();
  };

  return {
    getSecret: (name) =>
      bounded(`secret ${name}`, async (abortSignal) => {
        const { value } = await client.getSecret(name, { abortSignal });
        if (value !== undefined && value !== '') return value;
        throw new AuthError(`Key Vault secret ${name} is empty`, 'empty', { reason: 'credentialMissing' });
      }),
    setSecret: (name, value) =>
      bounded(`secret ${name}`, async (abortSignal) => {
        try {
          await client.setSecret(name, value, { abortSignal });
        } catch (error) {
          // With purge protection a name deleted once stays taken for 90 days.
          if (statusOf(error) !== 409) throw error;
          await recover(name);
          await client.setSecret(name, value, { abortSignal });
        }
      }),
    deleteSecret: (name) =>
      bounded(`secret ${name}`, async (abortSignal) => {
        try {
          await client.beginDeleteSecret(name, { abortSignal });
          return true;
        } catch (error) {
          if (statusOf(error) === 404) return false;
          throw error;
        }
      }),
    getCertificate: (name) => readCertificate({ url, identity, scope, anyHost: anyChallengeHost, send }, name),
    endOf: (what, name) => {
      if (what === 'certificate')
        return readCertificateEnd({ url, identity, scope, anyHost: anyChallengeHost, send }, name);
      return bounded(`secret ${name}`, async (abortSignal) => {
        const { properties } = await client.getSecret(name, { abortSignal });
        return properties.expiresOn?.toISOString() ?? null;
      });
    },
    sign: (keyId, digest) =>
      bounded('key of the certificate', async (abortSignal) => {
        const { result } = await signerOf(keyId).sign('PS256', digest, { abortSignal });
        return result;
      }),
  };
};

const bounded = async <T>(what: string, work: (abortSignal: AbortSignal) => Promise<T>): Promise<T> => {
  try {
    return await work(AbortSignal.timeout(timeoutMs));
  } catch (error) {
    throw fromVault(error, what);
  }
};
