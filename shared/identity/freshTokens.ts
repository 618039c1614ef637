import type { TokenProvider } from '../ports';

/** Tokens that Entra is asked for at every call. Of a provider that serves nothing else: what runs hold stays as it is. */
export const freshTokens = (provider: TokenProvider): Pick<TokenProvider, 'getToken'> => ({
  getToken: (tenant, registration, scope) => {
    provider.forget(tenant, registration, scope);
    return provider.getToken(tenant, registration, scope);
  },
});
