import type { HomeGraph } from '../access/homeGraph';
import type { WritingDeps } from '../changes/openWriter';
import type { TicketTargets } from '../changes/ticketTargets';
import type { Config } from '../config';
import type { CredentialEnds } from '../health/credentialEnds';
import type { CredentialTrouble } from '../identity/applications';
import type { KeepingTokenProvider } from '../identity/tokenProvider';
import type { HitLimit } from '../onboarding/hitLimit';
import type { Clock, RandomId, Send, TokenProvider, UserTokens, Vault } from '../ports';
import type { HookLimit } from '../receive/hookLimit';
import type { ConnectionStore } from '../store/connections';
import type { DueIndex } from '../store/due';
import type { Feed } from '../store/feed';
import type { Storage } from '../store/openStorage';
import type { TenantRegistry } from '../store/tenants';
import type { HeardWaits } from '../sync/limits/heardWaits';
import type { ConnectionSecrets } from '../ticketing/connectionSecrets';
import type { tools } from '../ticketing/registry';
import type { BearerValidator } from './callers/bearer';
import type { MemberGroups } from './callers/memberGroups';

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
  /** What changes to incidents are made with. */
  readonly writing: WritingDeps;
  /** By which connections incidents may have tickets. */
  readonly ticketTargets: TicketTargets;
  /** Where the secrets of tenants are put. */
  readonly tenantVault: Pick<Vault, 'setSecret' | 'deleteSecret'>;
  readonly connections: ConnectionStore;
  readonly connectionSecrets: ConnectionSecrets;
  readonly tools: typeof tools;
  /** Guarded: for what connections name as addresses. */
  readonly targetSend: Send;
  /** Credentials of the app that its vault did not give the last time. */
  readonly credentialTroubles: () => readonly CredentialTrouble[];
  /** When the credentials of the app and of tenants end. */
  readonly credentialEnds: CredentialEnds;
  readonly randomId: RandomId;
  /** Bounds what each address of a webhook may cost. */
  readonly hookLimit: HookLimit;
  /** Bounds the links that people without an account may follow. */
  readonly consentHits: HitLimit;
}
