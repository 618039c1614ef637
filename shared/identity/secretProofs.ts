import { ClientSecretCredential, OnBehalfOfCredential } from '@azure/identity';
import type { Clock, Vault } from '../ports';
import { lastGood } from './lastGood';
import type { Proof, Proofs } from './proof';

interface SecretProof extends Proof {
  readonly secret: string;
}

/** A client secret out of the vault; the value there may change at any time. */
export const secretProofs = (
  vault: Pick<Vault, 'getSecret'>,
  name: string,
  clock: Pick<Clock, 'elapsedMs'>,
): Proofs => {
  const read = async (): Promise<SecretProof> => proofOf(await vault.getSecret(name));
  const kept = lastGood(read, clock, (one, other) => one.secret === other.secret);
  return { ...kept, instead: (refused) => kept.instead(refused as SecretProof) };
};

const proofOf = (secret: string): SecretProof => ({
  secret,
  credential: ({ tenantId, clientId, options }) => new ClientSecretCredential(tenantId, clientId, secret, options),
  onBehalfOf: ({ tenantId, clientId, options }, userAssertionToken) =>
    new OnBehalfOfCredential({ ...options, tenantId, clientId, clientSecret: secret, userAssertionToken }),
});
