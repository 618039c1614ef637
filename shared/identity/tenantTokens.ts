import type { RegistrationName } from '../model/registration';
import type { TenantTokens, TokenProvider, TokenTenant } from '../ports';

/** What a client of one tenant's API is given: tokens of that tenant alone. */
export const tenantTokens = (
  tokens: TokenProvider,
  tenant: TokenTenant,
  registration: RegistrationName,
): TenantTokens => ({
  getToken: (scope) => tokens.getToken(tenant, registration, scope),
  forget: (scope) => tokens.forget(tenant, registration, scope),
});
