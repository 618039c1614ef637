import { clouds } from '../clouds';
import { ContractError } from '../errors';
import { tenantTokens } from '../identity/tenantTokens';
import type { Tenant } from '../model/tenant';
import type { CallPermits, IncidentWriter, TenantTokens } from '../ports';
import { defenderWriter } from './defender/writer';
import { graphWriter } from './graph/writer';
import type { SourceDeps } from './sourceFor';

export interface WriterOptions {
  readonly permits: CallPermits;
  /** In whose name; default the writing registration's. */
  readonly tokens?: TenantTokens;
}

/**
 * Changes to a tenant's incidents through the back end it is registered with, each call by a permit.
 * @throws ContractError where the tenant's cloud does not offer that back end
 */
export const writerFor = (
  { endpoints, tokens: all, ...deps }: SourceDeps,
  tenant: Tenant,
  { permits, tokens = tenantTokens(all, tenant, 'writer') }: WriterOptions,
): IncidentWriter => {
  const { tenantId, backend, contract } = tenant;
  const { graphScope, defenderScope, portal } = clouds[tenant.cloud];
  const common = { ...deps, tokens, tenantId, permits, never: contract.never };
  if (backend === 'graph' && endpoints.graph !== '')
    return graphWriter({ ...common, endpoint: endpoints.graph, scope: graphScope });
  if (backend === 'defender' && endpoints.defender !== '' && defenderScope !== null)
    return defenderWriter({ ...common, endpoint: endpoints.defender, scope: defenderScope, portal });
  throw new ContractError(`The cloud ${tenant.cloud} offers no incidents through ${backend}`, { tenantId });
};
