import type { Connection } from '../../model/connection';
import { allTenants } from '../../model/connection';
import type { Tenant } from '../../model/tenant';
import { connectionIdShape } from './connectionRequest';
import type { Target } from '../method';
import { readableTenant, tenantInSight } from '../input/pathTenant';

/** Where the path points: a place that may be taken or not. */
export interface Place {
  readonly scope: string;
  readonly connectionId: string;
  /** Undefined: of all tenants. */
  readonly tenant: Tenant | undefined;
}

export interface FoundConnection extends Place {
  readonly connection: Connection;
}

/** A tenant's, or that of all tenants where the path names none. @throws GroupsOverageError */
export const connectionPlace = async (target: Target): Promise<Place | undefined> => {
  const connectionId = connectionIdShape.safeParse(target.params.connectionId).data;
  if (connectionId === undefined) return undefined;
  if (target.params.tenantId === undefined) return { scope: allTenants, connectionId, tenant: undefined };
  const tenant = await tenantInSight(target);
  return tenant && { scope: tenant.tenantId, connectionId, tenant };
};

export const connectionInSight = async (target: Target): Promise<FoundConnection | undefined> => {
  const place = await connectionPlace(target);
  const connection = place && (await target.services.connections.get(place.scope, place.connectionId));
  return connection && { ...place, connection };
};

/** Of connections that serve all tenants, where a tenant's own stand besides: `all.<connectionId>`. */
const ofAll = 'all.';

/** What shows incidents needs more than the right to configure: of a sealed tenant an administrator may not read. @throws GroupsOverageError */
export const readableConnection = async (
  target: Target,
): Promise<{ readonly tenant: Tenant; readonly connection: Connection } | undefined> => {
  const { connectionId: asked = '' } = target.params;
  const tenant = await readableTenant(target);
  if (tenant === undefined) return undefined;
  const isShared = asked.startsWith(ofAll);
  const connectionId = connectionIdShape.safeParse(isShared ? asked.slice(ofAll.length) : asked).data;
  if (connectionId === undefined) return undefined;
  const { connections } = target.services;
  const connection = await connections.get(isShared ? allTenants : tenant.tenantId, connectionId);
  return connection?.excludeTenants.includes(tenant.tenantId) === false ? { tenant, connection } : undefined;
};
