import { clouds } from '../clouds';
import { ContractError } from '../errors';
import { tenantTokens } from '../identity/tenantTokens';
import { registrationFor } from '../model/registration';
import type { Tenant } from '../model/tenant';
import type { CallPermits, Clock, IncidentSource, Send, TokenProvider } from '../ports';
import { defenderSource } from './defender/source';
import { graphSource } from './graph/source';

export interface SourceDeps {
  /** Where the services of the tenant's cloud are reached; empty where it has none. */
  readonly endpoints: { readonly graph: string; readonly defender: string };
  readonly send: Send;
  readonly tokens: TokenProvider;
  readonly clock: Clock;
}

/**
 * A tenant's incidents through the back end it is registered with, each call by a permit.
 * @throws ContractError where the tenant's cloud does not offer that back end
 */
export const sourceFor = (
  { endpoints, tokens: all, ...deps }: SourceDeps,
  tenant: Tenant,
  permits: CallPermits,
): IncidentSource => {
  const { tenantId, backend, contract } = tenant;
  const { graphScope, defenderScope, portal } = clouds[tenant.cloud];
  const tokens = tenantTokens(all, tenant, registrationFor(backend));
  const common = { ...deps, tokens, tenantId, permits, never: contract.never };
  if (backend === 'graph' && endpoints.graph !== '')
    return graphSource({ ...common, endpoint: endpoints.graph, scope: graphScope });
  if (backend === 'defender' && endpoints.defender !== '' && defenderScope !== null)
    return defenderSource({ ...common, endpoint: endpoints.defender, scope: defenderScope, portal });
  throw new ContractError(`The cloud ${tenant.cloud} offers no incidents through ${backend}`, { tenantId });
};
