import type { Config } from '../../config';
import { endpointsIn } from '../../config';
import type { Tenant } from '../../model/tenant';
import type { Clock, Send, UserTokens } from '../../ports';
import { scopeOf } from '../links';
import type { Api, Feature } from '../permissions';
import { needs } from '../permissions';
import type { CheckRow } from './checkRow';
import { explainToPerson } from './explainToPerson';
import type { Ladder } from './ladder';
import { freePermits } from './readingPermits';

/** A way in in the name of the person who asks. */
export interface UserRow {
  readonly row: CheckRow;
  readonly ladder: Ladder;
}

/** Who asks, as far as their token proves it. */
export interface Person {
  readonly kind: 'user' | 'app';
  readonly tenantId: string;
  /** The token they came with. */
  readonly assertion: string;
}

export interface UserRowDeps {
  readonly config: Pick<Config, 'home' | 'endpoints'>;
  /** Of our own API, in whose name tokens are asked for people. */
  readonly apiClientId: string;
  readonly userTokens: Pick<UserTokens, 'onBehalfOf'>;
  readonly send: Send;
  readonly clock: Clock;
}

const wanted: Readonly<Record<Api, readonly Feature[]>> = {
  graph: ['incidents', 'alerts', 'hunting'],
  mtp: ['incidents', 'hunting'],
  mde: ['machines', 'alerts'],
};
const apis: readonly Api[] = ['graph', 'mtp', 'mde'];

/**
 * One ladder an API for a person of this tenant; none for anyone else, because on behalf of someone no tenant's border can be crossed.
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
 */
export const userRows = (
  { config, apiClientId, userTokens, send, clock }: UserRowDeps,
  tenant: Tenant,
  person: Person,
): readonly UserRow[] => {
  const { tenantId, cloud } = tenant;
  if (person.kind !== 'user' || person.tenantId !== tenantId) return [];
  const { graph, defender, mde, authority } = endpointsIn(config, cloud);
  const endpoints: Readonly<Record<Api, string>> = { graph, mtp: defender, mde };
  return apis
    .filter((api) => endpoints[api] !== '' && scopeOf(cloud, api) !== null)
    .map((api) => ({
      row: { registration: 'api', api, context: 'user', needed: false },
      ladder: {
        tenant,
        api,
        kind: 'delegated',
        endpoint: endpoints[api],
        wanted: wanted[api].flatMap((feature) => needs[api].filter((need) => need.feature === feature)),
        send,
        permits: freePermits,
        clock,
        getToken: () => userTokens.onBehalfOf(person.assertion, tenant, scopeOf(cloud, api) ?? ''),
        explain: (error, missing) =>
          explainToPerson(error, tenantId, { authority, clientId: apiClientId, cloud, api, missing }),
      },
    }));
};
