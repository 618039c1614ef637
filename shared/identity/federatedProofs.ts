import type { TokenCredential } from '@azure/identity';
import { ClientAssertionCredential, OnBehalfOfCredential } from '@azure/identity';
import { UpstreamError } from '../errors';
import { oneAssertion } from './oneAssertion';
import type { Proof, Proofs } from './proof';

/**
 * The managed identity's own token as the assertion: no secret anywhere. Tenant of the application and of the identity must be one.
 * `scope` is the exchange audience of the home cloud; it does not work across clouds.
 * @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
 */
export const federatedProofs = (identity: TokenCredential, scope: string): Proofs => {
  const getAssertion = oneAssertion(() => assertionOf(identity, scope));
  const proof: Proof = {
    credential: ({ tenantId, clientId, options }) =>
      new ClientAssertionCredential(tenantId, clientId, getAssertion, options),
    onBehalfOf: ({ tenantId, clientId, options }, userAssertionToken) =>
      new OnBehalfOfCredential({ ...options, tenantId, clientId, getAssertion, userAssertionToken }),
  };
  return {
    current: () => Promise.resolve(proof),
    // Nothing of ours can be renewed: what the registration trusts has to be mended in Entra.
    instead: () => Promise.resolve(undefined),
    trouble: () => undefined,
  };
};

const assertionOf = async (identity: TokenCredential, scope: string): Promise<string> => {
  try {
    const got = await identity.getToken(scope);
    if (got !== null) return got.token;
  } catch (cause) {
    throw new UpstreamError('The managed identity endpoint gives no token', { cause });
  }
  throw new UpstreamError('The managed identity endpoint gives no token');
};
