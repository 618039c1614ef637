import type { Relay } from './client';
import { findTenantId } from './findTenant';

export interface OfTenant {
  readonly tenant?: string;
}

/** Where the connections of a tenant lie in the API; without a tenant, those that serve all. @throws Failure */
export const connectionsPath = async (relay: Relay, { tenant }: OfTenant): Promise<string> =>
  tenant === undefined ? 'connections' : `tenants/${await findTenantId(relay, tenant)}/connections`;

export const connectionPath = async (relay: Relay, options: OfTenant, connectionId: string): Promise<string> =>
  `${await connectionsPath(relay, options)}/${encodeURIComponent(connectionId)}`;
