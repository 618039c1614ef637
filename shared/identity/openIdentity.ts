import { clouds } from '../clouds';
import type { Config } from '../config';
import type { Clock, Send, Vault } from '../ports';
import type { CredentialTrouble } from './applications';
import { createApplications } from './applications';
import { keyVault } from './keyVault';
import { managedIdentity } from './managedIdentity';
import type { KeepingTokenProvider } from './tokenProvider';
import { tokenProvider } from './tokenProvider';

export interface Identity {
  readonly tokens: KeepingTokenProvider;
  /** Where credentials lie that tenants brought. */
  readonly tenantVault: Vault;
  readonly troubles: () => readonly CredentialTrouble[];
}

type IdentityConfig = Pick<
  Config,
  | 'home'
  | 'credential'
  | 'registrations'
  | 'endpoints'
  | 'keyVaultUrl'
  | 'tenantVaultUrl'
  | 'managedIdentityClientId'
  | 'allowPrivateTargets'
>;

/** All that speaks to Entra and Key Vault in the app's name. Asks nothing of them yet. */
export const openIdentity = (config: IdentityConfig, clock: Clock, send: Send): Identity => {
  const identity = managedIdentity(config.managedIdentityClientId);
  const { vaultScope: scope } = clouds[config.home.cloud];
  const vaultAt = (url: string): Vault =>
    keyVault({ url, identity, scope, anyChallengeHost: config.allowPrivateTargets, send });
  const app = vaultAt(config.keyVaultUrl);
  const tenantVault = config.tenantVaultUrl === config.keyVaultUrl ? app : vaultAt(config.tenantVaultUrl);
  const applications = createApplications({ config, vaults: { app, tenants: tenantVault }, identity, clock });
  const tokens = tokenProvider({ ...applications, clock });
  return {
    tokens: {
      ...tokens,
      forgetTenant: (tenantId) => {
        applications.forgetTenant(tenantId);
        tokens.forgetTenant(tenantId);
      },
    },
    tenantVault,
    troubles: applications.troubles,
  };
};
