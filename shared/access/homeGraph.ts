import { clouds } from '../clouds';
import type { Config } from '../config';
import type { TenantAccess } from '../incidents/askTenant';
import type { Clock, Send, TenantTokens } from '../ports';

/** Graph of the home tenant, asked as the registration of our API. */
export interface HomeGraph extends TenantAccess {
  /** Graph's root there, without a final slash; empty where the cloud has none. */
  readonly endpoint: string;
  readonly clock: Clock;
}

export interface HomeGraphOptions {
  readonly config: Pick<Config, 'home' | 'endpoints'>;
  readonly tokens: TenantTokens;
  readonly send: Send;
  readonly clock: Clock;
}

/** Not rated like the security APIs: no permits. */
export const createHomeGraph = ({ config, tokens, send, clock }: HomeGraphOptions): HomeGraph => ({
  tenantId: config.home.tenantId,
  scope: clouds[config.home.cloud].graphScope,
  endpoint: config.endpoints.graph,
  permits: { take: () => Promise.resolve() },
  tokens,
  send,
  clock,
});
