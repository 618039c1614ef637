import type { Connection } from '../../model/connection';
import { allTenants } from '../../model/connection';
import type { SecretReceipt } from '../../ticketing/connectionSecrets';
import type { HttpServices } from '../services';

/** What became of a connection. Its tickets stay where they are. */
export interface ConnectionReceipt {
  readonly connectionId: string;
  /** Null: it served all tenants. */
  readonly tenantId: string | null;
  /** By their names in the vault of tenants; `left`: a person with a right to the vault has to delete it. */
  readonly secrets: readonly SecretReceipt[];
  /** ISO 8601 UTC. */
  readonly at: string;
}

type Removal = Pick<HttpServices, 'connections' | 'connectionSecrets' | 'clock'>;

/** Stops it first, and the row goes last: a removal that broke off can be asked for again. @throws UpstreamError where the vault is away */
export const removeConnection = async (
  { connections, connectionSecrets, clock }: Removal,
  connection: Connection,
): Promise<ConnectionReceipt> => {
  const { scope, connectionId } = connection;
  if (connection.enabled) await connections.put({ ...connection, enabled: false });
  const secrets = await connectionSecrets.delete(connection);
  await connections.delete(scope, connectionId);
  return {
    connectionId,
    tenantId: scope === allTenants ? null : scope,
    secrets,
    at: new Date(clock.now()).toISOString(),
  };
};

/** All of a tenant that goes: in order of their ids. @throws UpstreamError where the vault is away: asking again goes on */
export const removeConnectionsOf = async (
  services: Removal,
  tenantId: string,
): Promise<readonly ConnectionReceipt[]> => {
  const receipts: ConnectionReceipt[] = [];
  for (const connection of await services.connections.ofScope(tenantId))
    receipts.push(await removeConnection(services, connection));
  return receipts;
};
