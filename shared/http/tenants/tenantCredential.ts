import { z } from 'zod';
import { AuthError, RequestError } from '../../errors';
import { tenantCredentialName } from '../../identity/tenantCredentialName';
import type { Tenant, TenantCredential } from '../../model/tenant';
import { expires } from '../input/expires';
import type { HttpServices } from '../services';

const isClean = (text: string): boolean => text.isWellFormed() && !/\p{Cc}/u.test(text) && text === text.trim();

/** The tenant's own application. The secret goes to the vault and is never shown again; left out, the one put before stays. */
export const credentialBody = z
  .strictObject({
    kind: z.enum(['secret', 'certificate', 'federated']),
    clientId: z.guid().toLowerCase(),
    secret: z
      .string()
      .min(1)
      .max(1_000)
      .refine(isClean, 'must not hold control characters, nor begin or end with a space')
      .meta({ writeOnly: true })
      .optional(),
    expires: expires.nullish(),
  })
  .refine(({ kind, secret }) => kind === 'secret' || secret === undefined, {
    path: ['secret'],
    error: 'belongs to kind secret only',
  })
  .refine(({ kind, expires }) => kind === 'secret' || expires === undefined || expires === null, {
    path: ['expires'],
    error: 'belongs to kind secret only: the end of a certificate is read from the vault',
  });

export type CredentialBody = z.output<typeof credentialBody>;

/** What of it is registered: never the secret. */
export const credentialFromBody = ({ kind, clientId, expires }: CredentialBody): TenantCredential => ({
  kind,
  clientId,
  ...(expires === undefined || expires === null ? {} : { expires }),
});

/**
 * Puts the secret sent into the vault, or removes the one that nothing uses any more; before the registration is written, so that it
 * never names a secret that is not there, and so that asking again repairs what broke off.
 * @throws RequestError where a secret is needed · AuthError · UpstreamError
 */
export const keepCredential = async (
  { tenantVault }: Pick<HttpServices, 'tenantVault'>,
  tenantId: string,
  { before, body }: { before: TenantCredential | undefined; body: CredentialBody | null | undefined },
): Promise<void> => {
  const name = secretName(tenantId);
  if (body?.kind === 'secret' && body.secret !== undefined) return tenantVault.setSecret(name, body.secret);
  if (body?.kind === 'secret') assertKept(before, body);
  else if (before?.kind === 'secret') await tenantVault.deleteSecret(name);
};

/** A secret belongs to its application. */
const assertKept = (before: TenantCredential | undefined, { clientId }: CredentialBody): void => {
  if (before?.kind === 'secret' && before.clientId === clientId) return;
  throw new RequestError('The body is not valid.', [
    { field: 'credential.secret', message: 'is needed: none is kept for this application' },
  ]);
};

/** What became of a credential that a tenant brought. */
export interface CredentialReceipt extends TenantCredential {
  /** Null: nothing lay in a vault. `left`: a person with a right to the vault has to delete it. */
  readonly vault: { readonly name: string; readonly state: 'deleted' | 'absent' | 'left' } | null;
}

/** @throws UpstreamError where the vault is away: asking again goes on */
export const forgetCredential = async (
  { tenantVault }: Pick<HttpServices, 'tenantVault'>,
  { tenantId, credential }: Tenant,
): Promise<CredentialReceipt | null> => {
  if (credential === undefined) return null;
  const name = tenantCredentialName(tenantId, credential.kind);
  if (name === undefined) return { ...credential, vault: null };
  // A certificate came from an operator's hands, not through our API.
  if (credential.kind === 'certificate') return { ...credential, vault: { name, state: 'left' } };
  try {
    const wasThere = await tenantVault.deleteSecret(name);
    return { ...credential, vault: { name, state: wasThere ? 'deleted' : 'absent' } };
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    return { ...credential, vault: { name, state: 'left' } };
  }
};

const secretName = (tenantId: string): string => tenantCredentialName(tenantId, 'secret') ?? '';
