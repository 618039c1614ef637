import { clouds } from '../clouds';
import type { Config } from '../config';
import type { Clock, Send, TenantTokens, TokenProvider, UserTokens, Vault } from '../ports';
import type { CredentialTrouble } from './applications';
import { createApplications } from './applications';
import { freshTokens } from './freshTokens';
import { keyVault } from './keyVault';
import { managedIdentity } from './managedIdentity';
import { createUserTokens } from './onBehalfOf';
import type { KeepingTokenProvider } from './tokenProvider';
import { tenantTokens } from './tenantTokens';
import { tokenProvider } from './tokenProvider';

export interface Identity {
  readonly tokens: KeepingTokenProvider;
  /** Asked of Entra at every call, beside those that are held: for checks and for what an administrator did just now. */
  readonly freshTokens: Pick<TokenProvider, 'getToken'>;
  /** Of the home tenant, as the registration of our API: for groups of callers and for partner relationships. */
  readonly homeTokens: TenantTokens;
  /** In the name of those who call our API. */
  readonly userTokens: UserTokens;
  /** Where the app's own credentials lie. */
  readonly appVault: Vault;
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
  | 'scopes'
  | 'keyVaultUrl'
  | 'tenantVaultUrl'
  | 'managedIdentityClientId'
  | 'allowPrivateTargets'
  | 'publicUrl'
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
  const apart = tokenProvider({ ...applications, clock });
  const asApi = tokenProvider({ applicationFor: applications.apiApplication, clock });
  const userTokens = createUserTokens({ ...applications, config, clock });
  return {
    tokens: {
      ...tokens,
      forgetTenant: (tenantId) => {
        applications.forgetTenant(tenantId);
        tokens.forgetTenant(tenantId);
        apart.forgetTenant(tenantId);
        userTokens.forgetTenant(tenantId);
      },
    },
    freshTokens: freshTokens(apart),
    homeTokens: tenantTokens(asApi, config.home, 'reader'),
    userTokens,
    appVault: app,
    tenantVault,
    troubles: applications.troubles,
  };
};
