import { ClientAssertionCredential, OnBehalfOfCredential } from '@azure/identity';
import type { Clock, Vault, VaultCertificate } from '../ports';
import { clientAssertion } from './clientAssertion';
import { lastGood } from './lastGood';
import { oneAssertion } from './oneAssertion';
import type { Asking, Proof, Proofs } from './proof';

interface CertificateProof extends Proof {
  readonly certificate: VaultCertificate;
}

type SigningVault = Pick<Vault, 'getCertificate' | 'sign'>;

/** A certificate in the vault, whose key signs there; it may be renewed at any time. */
export const certificateProofs = (vault: SigningVault, name: string, clock: Clock): Proofs => {
  const read = async (): Promise<CertificateProof> => proofOf(await vault.getCertificate(name), vault, clock);
  const kept = lastGood(read, clock, (one, other) => isSame(one.certificate, other.certificate));
  return { ...kept, instead: (refused) => kept.instead(refused as CertificateProof) };
};

const proofOf = (certificate: VaultCertificate, vault: SigningVault, clock: Clock): CertificateProof => {
  const signed = ({ tenantId, clientId, authority }: Asking): (() => Promise<string>) =>
    oneAssertion(() => clientAssertion({ certificate, vault, clock, authority, tenantId, clientId }));
  return {
    certificate,
    credential: (asking) =>
      new ClientAssertionCredential(asking.tenantId, asking.clientId, signed(asking), asking.options),
    onBehalfOf: (asking, userAssertionToken) =>
      new OnBehalfOfCredential({
        ...asking.options,
        tenantId: asking.tenantId,
        clientId: asking.clientId,
        getAssertion: signed(asking),
        userAssertionToken,
      }),
  };
};

const isSame = (one: VaultCertificate, other: VaultCertificate): boolean =>
  one.keyId === other.keyId && one.thumbprint === other.thumbprint;
