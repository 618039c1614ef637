import type { CheckResult } from '../../access/check/checkRow';
import { checkTenant } from '../../access/check/checkTenant';
import type { Person } from '../../access/check/userRows';
import { userRows } from '../../access/check/userRows';
import type { Tenant } from '../../model/tenant';
import type { HttpServices } from '../services';

/** Every way into a tenant, step by step: as the app, and as the person who asks. @throws UpstreamError where storage is away */
export const tenantCheck = async (
  services: HttpServices,
  tenant: Tenant,
  person: Person,
): Promise<{ readonly results: readonly CheckResult[] }> => {
  const { config, storage, tokens } = services;
  const deps = { ...services, incidents: storage.incidents, heldTokens: tokens };
  const rows = userRows({ ...services, apiClientId: config.registrations.api.clientId }, tenant, person);
  return { results: await checkTenant(deps, tenant, rows) };
};
