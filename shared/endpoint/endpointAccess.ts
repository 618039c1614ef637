import { clouds } from '../clouds';
import { ContractError } from '../errors';
import { tenantTokens } from '../identity/tenantTokens';
import type { TenantAccess } from '../incidents/askTenant';
import type { RegistrationName } from '../model/registration';
import type { Tenant } from '../model/tenant';
import type { CallPermits, Clock, Send, TokenProvider } from '../ports';

/** One tenant's Defender for Endpoint, in the name of whoever the tokens are for: an app or a user. */
export interface EndpointAccess extends TenantAccess {
  /** Where Defender for Endpoint is reached, without a final slash. */
  readonly endpoint: string;
  readonly clock: Clock;
}

export interface EndpointDeps {
  /** Where the services of the tenant's cloud are reached; empty where it has none. */
  readonly endpoints: { readonly mde: string };
  readonly send: Send;
  readonly tokens: TokenProvider;
  readonly clock: Clock;
}

/**
 * A tenant's Defender for Endpoint through one of the app's registrations, each call by a permit.
 * @throws ContractError where the tenant's cloud has none
 */
export const endpointAccess = (
  { endpoints, tokens, send, clock }: EndpointDeps,
  tenant: Tenant,
  permits: CallPermits,
  registration: RegistrationName = 'defender',
): EndpointAccess => {
  const { tenantId, cloud } = tenant;
  const scope = clouds[cloud].mdeScope;
  if (endpoints.mde === '' || scope === null)
    throw new ContractError(`The cloud ${cloud} offers no Defender for Endpoint`, { tenantId });
  const own = tenantTokens(tokens, tenant, registration);
  return { tenantId, scope, send, tokens: own, permits, clock, endpoint: endpoints.mde };
};
