import { clouds } from '../clouds';
import { ContractError } from '../errors';
import { tenantTokens } from '../identity/tenantTokens';
import type { Tenant } from '../model/tenant';
import type { CallPermits, Clock, Send, TokenProvider } from '../ports';
import type { Hunter } from './createHunter';
import { createHunter } from './createHunter';
import type { HuntingApi } from './huntingApi';

export interface HuntingDeps {
  /** Where the services of the tenant's cloud are reached; empty where it has none. */
  readonly endpoints: Readonly<Record<HuntingApi, string>>;
  readonly send: Send;
  readonly tokens: TokenProvider;
  readonly clock: Clock;
}

/**
 * Hunting as the app, through one API, each call by a permit: by the reading registration through Graph, by Defender's through the others.
 * @throws ContractError where the tenant's cloud does not offer that API
 */
export const hunterFor = (
  { endpoints, tokens, send, clock }: HuntingDeps,
  tenant: Tenant,
  permits: CallPermits,
  api: HuntingApi = 'graph',
): Hunter => {
  const { tenantId, cloud } = tenant;
  const { graphScope, defenderScope, mdeScope } = clouds[cloud];
  const scope = { graph: graphScope, defender: defenderScope, mde: mdeScope }[api];
  const endpoint = endpoints[api];
  if (endpoint === '' || scope === null)
    throw new ContractError(`The cloud ${cloud} offers no hunting through ${api}`, { tenantId });
  const own = tenantTokens(tokens, tenant, api === 'graph' ? 'reader' : 'defender');
  return createHunter({ api, tenantId, scope, endpoint, send, tokens: own, permits, clock });
};
