import type { Config } from '../config';
import type { Expiring } from '../model/expiring';
import type { Tenant } from '../model/tenant';
import { tenantCredentialName } from '../identity/tenantCredentialName';
import type { VaultEnds, VaultThing } from './vaultEnds';

export interface CredentialEnds {
  /** Of the app's registrations; one that the vault did not tell of is left out: that it cannot be read is told elsewhere. */
  ofApp(): Promise<readonly Expiring[]>;
  /** Of a tenant's own application; none where it has none, or one that never ends. */
  ofTenant(tenant: Pick<Tenant, 'tenantId' | 'credential'>): Promise<readonly Expiring[]>;
}

export interface CredentialEndsOptions {
  readonly config: Pick<Config, 'credential' | 'registrations'>;
  /** Of the app's own vault, and of that of tenants. */
  readonly app: VaultEnds;
  readonly tenants: VaultEnds;
}

/** When what applications prove themselves with ends. The end of a tenant's secret is what its PUT told: the vault is not asked for it. */
export const createCredentialEnds = ({ config, app, tenants }: CredentialEndsOptions): CredentialEnds => {
  const asked = async (
    ends: VaultEnds,
    what: VaultThing,
    name: string,
    tenantId?: string,
  ): Promise<readonly Expiring[]> => {
    const endsAt = await ends.endOf(what, name);
    return endsAt === undefined ? [] : [{ what, name, endsAt, ...(tenantId === undefined ? {} : { tenantId }) }];
  };
  return {
    ofApp: async () => {
      const { kind } = config.credential;
      if (kind === 'federated') return [];
      const names = Object.values(config.registrations).map(({ credentialName }) => credentialName);
      const found = await Promise.all([...new Set(names)].map((name) => asked(app, kind, name)));
      return found.flat();
    },
    ofTenant: async ({ tenantId, credential }) => {
      if (credential === undefined || credential.kind === 'federated') return [];
      const name = tenantCredentialName(tenantId, credential.kind) ?? '';
      if (credential.kind === 'certificate') return asked(tenants, 'certificate', name, tenantId);
      return [{ what: 'secret', name, tenantId, endsAt: credential.expires ?? null }];
    },
  };
};
