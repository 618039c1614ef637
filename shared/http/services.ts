import type { HomeGraph } from '../access/homeGraph';
import type { Config } from '../config';
import type { CredentialEnds } from '../health/credentialEnds';
import type { CredentialTrouble } from '../identity/applications';
import type { KeepingTokenProvider } from '../identity/tokenProvider';
import type { HitLimit } from '../onboarding/hitLimit';
import type { Clock, Send, TokenProvider, UserTokens, Vault } from '../ports';
import type { DueIndex } from '../store/due';
import type { Feed } from '../store/feed';
import type { Storage } from '../store/openStorage';
import type { TenantRegistry } from '../store/tenants';
import type { HeardWaits } from '../sync/heardWaits';
import type { BearerValidator } from './bearer';
import type { MemberGroups } from './memberGroups';

/** What the routes stand on. */
export interface HttpServices {
  readonly config: Config;
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<unknown>;
  readonly send: Send;
  readonly storage: Storage;
  readonly registry: TenantRegistry;
  readonly feed: Feed;
  readonly due: DueIndex;
  readonly bearer: BearerValidator;
  readonly tokens: KeepingTokenProvider;
  /** Asked of Entra at every call; nothing that runs hold is touched. */
  readonly freshTokens: Pick<TokenProvider, 'getToken'>;
  /** In the name of those who call, for their own tenant alone. */
  readonly userTokens: UserTokens;
  /** Graph of the home tenant. */
  readonly homeGraph: HomeGraph;
  readonly memberGroups: MemberGroups;
  /** The waits this process was asked for. */
  readonly waits: HeardWaits;
  /** Where the secrets of tenants are put. */
  readonly tenantVault: Pick<Vault, 'setSecret' | 'deleteSecret'>;
  /** Credentials of the app that its vault did not give the last time. */
  readonly credentialTroubles: () => readonly CredentialTrouble[];
  /** When the credentials of the app and of tenants end. */
  readonly credentialEnds: CredentialEnds;
  /** Bounds the links that people without an account may follow. */
  readonly consentHits: HitLimit;
}
