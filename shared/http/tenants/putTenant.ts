import type { Tenant } from '../../model/tenant';
import type { HttpServices } from '../services';
import { keepCredential } from './tenantCredential';
import type { TenantBody } from './tenantRequest';
import { tenantFromBody } from './tenantRequest';

type Putting = Pick<HttpServices, 'registry' | 'due' | 'clock' | 'config' | 'tenantVault' | 'tokens'>;

/** Registers a tenant or replaces its registration, and makes it due. @throws RequestError · AuthError · UpstreamError */
export const putTenant = async (
  services: Putting,
  tenantId: string,
  body: TenantBody,
): Promise<{ readonly tenant: Tenant; readonly isNew: boolean }> => {
  const { registry, due, clock, config, tokens } = services;
  const asked = tenantFromBody(tenantId, body, config);
  const known = await registry.get(tenantId);
  const before = known?.credential;
  const tenant = known?.partnership === undefined ? asked : { ...asked, partnership: known.partnership };
  await keepCredential(services, tenantId, { before, body: body.credential });
  const isNew = await registry.put(tenant);
  if (before !== undefined || tenant.credential !== undefined) tokens.forgetTenant(tenantId);
  if (tenant.enabled) await due.add(tenantId, clock.now());
  return { tenant, isNew };
};
