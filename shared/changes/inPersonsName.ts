import { scopeOf } from '../access/links';
import { apiOf, needs } from '../access/permissions';
import { DelegatedConsentError, RequestError } from '../errors';
import type { Tenant } from '../model/tenant';
import type { TenantTokens, UserTokens } from '../ports';

/** Who asks for a change, as far as their token proves it. */
export interface Person {
  readonly kind: 'user' | 'app';
  readonly objectId: string;
  /** For people: comments and audit. */
  readonly name: string;
  readonly tenantId: string;
  /** The token they came with; kept nowhere. */
  readonly assertion: () => string;
}

/**
 * Tokens that write in the person's own name; undefined where that cannot be: they are of another tenant (no tenant's border can be crossed
 * on behalf of anyone), an application, or nobody consented. Then the relay writes, and says for whom.
 * @throws ChallengeError where Entra wants them to sign in again · UpstreamError
 */
export const tokensInName = async (
  userTokens: Pick<UserTokens, 'onBehalfOf'>,
  tenant: Tenant,
  person: Person,
): Promise<TenantTokens | undefined> => {
  if (person.kind !== 'user' || person.tenantId !== tenant.tenantId) return undefined;
  const scope = writingScope(tenant);
  if (scope === undefined) return undefined;
  const getToken = () => userTokens.onBehalfOf(person.assertion(), tenant, scope);
  try {
    await getToken();
  } catch (error) {
    if (error instanceof DelegatedConsentError || error instanceof RequestError) return undefined;
    throw error;
  }
  return { getToken, forget: () => undefined };
};

/** Exactly what is needed, so that a consent to less is told from one to this. */
const writingScope = ({ cloud, backend }: Tenant): string | undefined => {
  const api = apiOf(backend);
  const [permission] = needs[api].find(({ feature }) => feature === 'writing')?.delegated ?? [];
  return permission === undefined ? undefined : scopeOf(cloud, api)?.replace(/\.default$/, permission);
};
