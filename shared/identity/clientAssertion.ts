import { createHash, randomUUID } from 'node:crypto';
import type { Clock, Vault, VaultCertificate } from '../ports';

export interface AssertionInput {
  readonly certificate: VaultCertificate;
  readonly vault: Pick<Vault, 'sign'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Entra's address, without a final slash. */
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
}

/** Entra takes five to ten minutes. */
const lifeSeconds = 5 * 60;

/**
 * A JWT by which `clientId` proves itself to one tenant's token endpoint, once; signed in the vault.
 * @throws AuthError · UpstreamError
 * @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 */
export const clientAssertion = async (input: AssertionInput): Promise<string> => {
  const { certificate, vault, clock, authority, tenantId, clientId } = input;
  const now = Math.floor(clock.now() / 1000);
  const header = { alg: 'PS256', typ: 'JWT', 'x5t#S256': certificate.thumbprint };
  const claims = {
    aud: `${authority}/${tenantId}/oauth2/v2.0/token`,
    iss: clientId,
    sub: clientId,
    jti: randomUUID(),
    nbf: now,
    iat: now,
    exp: now + lifeSeconds,
  };
  const signed = `${part(header)}.${part(claims)}`;
  const signature = await vault.sign(certificate.keyId, createHash('sha256').update(signed).digest());
  return `${signed}.${Buffer.from(signature).toString('base64url')}`;
};

const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');
