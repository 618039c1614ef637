import { createHash } from 'node:crypto';
import type { TokenCredential } from '@azure/identity';
import { z } from 'zod';
import { ConfigError, ContractError } from '../errors';
import type { Send, VaultCertificate } from '../ports';
import { fromVaultStatus } from './vaultError';

export interface CertificateReading {
  /** The vault's address, without a final slash. */
  readonly url: string;
  readonly identity: TokenCredential;
  /** What tokens for vaults of this cloud are asked with. */
  readonly scope: string;
  /** Locally the vault's host need not be one of Key Vault's. */
  readonly anyHost: boolean;
  readonly send: Send;
}

/** The version the SDK's clients ask with. */
const apiVersion = '2025-07-01';
const timeoutMs = 30_000;

const shape = z.object({
  kid: z.url({ protocol: /^https$/ }),
  cer: z.base64().min(4),
  attributes: z.object({ enabled: z.boolean(), exp: z.number().optional() }).optional(),
});

/**
 * The newest version of a certificate without its key: this route needs no right to any secret, unlike the one through which the SDKs of
 * other languages load a certificate.
 * @throws AuthError · UpstreamError · ContractError
 * @see https://learn.microsoft.com/rest/api/keyvault/certificates/get-certificate/get-certificate
 */
export const readCertificate = async (reading: CertificateReading, name: string): Promise<VaultCertificate> => {
  const what = `certificate ${name}`;
  const { kid, cer, attributes } = await ask(reading, name);
  if (attributes?.enabled === false) throw fromVaultStatus(403, 'disabled', what);
  if (!kid.startsWith(`${reading.url}/keys/`)) throw new ContractError(`The key of ${what} lies outside its vault`);
  return { keyId: kid, thumbprint: createHash('sha256').update(Buffer.from(cer, 'base64')).digest('base64url') };
};

/** When the newest version of a certificate ends, ISO 8601 UTC; null where the vault does not say. Throws like `readCertificate`. */
export const readCertificateEnd = async (reading: CertificateReading, name: string): Promise<string | null> => {
  const { attributes } = await ask(reading, name);
  return attributes?.exp === undefined ? null : new Date(attributes.exp * 1000).toISOString();
};

const ask = async (
  { url, identity, scope, anyHost, send }: CertificateReading,
  name: string,
): Promise<z.output<typeof shape>> => {
  assertHost(url, scope, anyHost);
  const what = `certificate ${name}`;
  const { token } = await tokenOf(identity, scope, what);
  const { status, body } = await send({
    method: 'GET',
    url: `${url}/certificates/${name}?api-version=${apiVersion}`,
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    timeoutMs,
  });
  if (status !== 200) throw fromVaultStatus(status, body.slice(0, 2_000), what);
  return read(body, what);
};

/** A token for vaults goes to vaults only. */
const assertHost = (url: string, scope: string, anyHost: boolean): void => {
  const domain = new URL(scope).hostname;
  if (anyHost || new URL(url).hostname.endsWith(`.${domain}`)) return;
  throw new ConfigError([`KEY_VAULT_URL and TENANT_VAULT_URL must be vaults of this cloud, under ${domain}`]);
};

const tokenOf = async (identity: TokenCredential, scope: string, what: string): Promise<{ token: string }> => {
  const got = await identity
    .getToken(scope, { abortSignal: AbortSignal.timeout(timeoutMs) })
    .catch((error: unknown) => Promise.reject(fromVaultStatus(undefined, '', what, error)));
  if (got === null) throw fromVaultStatus(undefined, '', what);
  return got;
};

const read = (body: string, what: string): z.output<typeof shape> => {
  try {
    return shape.parse(JSON.parse(body));
  } catch (cause) {
    throw new ContractError(`Key Vault answered something that is no ${what}`, { cause });
  }
};
