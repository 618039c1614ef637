import type { Config } from '../config';
import type { CredentialTrouble } from '../identity/applications';
import type { KeepingTokenProvider } from '../identity/tokenProvider';
import type { Clock, Send, Vault } from '../ports';
import type { DueIndex } from '../store/due';
import type { Feed } from '../store/feed';
import type { Storage } from '../store/openStorage';
import type { TenantRegistry } from '../store/tenants';
import type { BearerValidator } from './bearer';

/** What the routes stand on. */
export interface HttpServices {
  readonly config: Config;
  readonly clock: Clock;
  readonly send: Send;
  readonly storage: Storage;
  readonly registry: TenantRegistry;
  readonly feed: Feed;
  readonly due: DueIndex;
  readonly bearer: BearerValidator;
  readonly tokens: Pick<KeepingTokenProvider, 'forgetTenant'>;
  /** Where the secrets of tenants are put. */
  readonly tenantVault: Pick<Vault, 'setSecret' | 'deleteSecret'>;
  /** Credentials of the app that its vault did not give the last time. */
  readonly credentialTroubles: () => readonly CredentialTrouble[];
}
