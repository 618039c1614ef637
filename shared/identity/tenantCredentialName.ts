import type { CredentialKind } from '../model/tenant';

/**
 * Where a tenant's own credential lies in the vault of tenants; undefined where nothing lies there. Secret and certificate never share a
 * name: a vault certificate owns a secret of its own name.
 */
export const tenantCredentialName = (tenantId: string, kind: CredentialKind): string | undefined => {
  if (kind === 'secret') return `tenant-${tenantId}-secret`;
  return kind === 'certificate' ? `tenant-${tenantId}-cert` : undefined;
};
