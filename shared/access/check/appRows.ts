import type { Config } from '../../config';
import { endpointsIn } from '../../config';
import type { RegistrationName } from '../../model/registration';
import { registrationFor } from '../../model/registration';
import type { Tenant } from '../../model/tenant';
import { scopeOf } from '../links';
import type { AccessByRegistration } from '../overallAccess';
import type { Api } from '../permissions';
import { apiOf, needsOf } from '../permissions';
import type { CheckContext, CheckRow } from './checkRow';

export interface AppRow extends CheckRow {
  readonly registration: RegistrationName;
}

const pairs: readonly (readonly [RegistrationName, Api])[] = [
  ['reader', 'graph'],
  ['writer', 'graph'],
  ['writer', 'mtp'],
  ['defender', 'mtp'],
  ['defender', 'mde'],
];

/**
 * The ways the app may have into a tenant: what it is read through always, the others where the cloud offers them. The writing
 * registration only where someone asked this tenant for it.
 */
export const appRows = (
  config: Pick<Config, 'home' | 'endpoints'>,
  tenant: Tenant,
  accesses: AccessByRegistration,
): readonly AppRow[] => {
  const reading = registrationFor(tenant.backend);
  const context = contextOf(config, tenant);
  const { graph, defender, mde } = endpointsIn(config, tenant.cloud);
  const endpoints: Readonly<Record<Api, string>> = { graph, mtp: defender, mde };
  return pairs
    .map(([registration, api]) => ({
      registration,
      api,
      context,
      needed: registration === reading && api === apiOf(tenant.backend),
    }))
    .filter(({ registration, api, needed }) => {
      if (needed) return true;
      if (registration === 'writer') return api === apiOf(tenant.backend) && accesses.has('writer');
      const isOffered = endpoints[api] !== '' && scopeOf(tenant.cloud, api) !== null;
      return isOffered && needsOf(registration, api).length > 0;
    });
};

/** An application of the tenant's own is no partner there. */
const contextOf = ({ home }: Pick<Config, 'home'>, { tenantId, credential }: Tenant): CheckContext =>
  tenantId === home.tenantId || credential !== undefined ? 'app' : 'partner';
