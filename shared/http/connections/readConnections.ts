import { z } from 'zod';
import type { Connection } from '../../model/connection';
import { allTenants } from '../../model/connection';
import type { Tenant } from '../../model/tenant';
import { continueKey } from '../../store/continueKey';
import type { Caller } from '../callers/caller';
import { connectionDelivery } from './connectionDelivery';
import type { ConnectionView } from './connectionView';
import { connectionView } from './connectionView';
import { openPlace, sealPlace } from '../input/continueToken';
import type { Page } from '../input/continueToken';
import type { HttpServices } from '../services';
import type { TenantPageQuery } from '../tenants/tenantPage';

type Reading = Pick<HttpServices, 'config' | 'storage' | 'connections' | 'clock'>;

/** A connection with how it fares. @param tenant undefined: of all tenants */
export const readConnection = async (
  { config, storage, clock }: Reading,
  connection: Connection,
  tenant: Tenant | undefined,
): Promise<ConnectionView> =>
  connectionView({
    ...{ connection, tenant, config, nowMs: clock.now() },
    delivery: await connectionDelivery(connection, storage),
  });

const placeShape = z.object({ connectionId: z.string() });

/** A page of the connections of a tenant, or of those of all tenants, in order of their ids. @throws RequestError */
export const pageOfConnections = async (
  services: Reading,
  caller: Caller,
  tenant: Tenant | undefined,
  query: TenantPageQuery,
): Promise<Page<ConnectionView>> => {
  const scope = tenant?.tenantId ?? allTenants;
  const key = await continueKey(services.storage.index);
  const binding = { objectId: caller.objectId, list: 'connections', conditions: scope };
  const nowMs = services.clock.now();
  const { connectionId: after = '' } =
    query.continue === undefined ? {} : openPlace(key, binding, query.continue, placeShape, nowMs);
  const behind = (await services.connections.ofScope(scope)).filter(({ connectionId }) => connectionId > after);
  const shown = behind.slice(0, query.limit);
  const last = behind.length > query.limit ? shown.at(-1) : undefined;
  const items: ConnectionView[] = [];
  for (const connection of shown) items.push(await readConnection(services, connection, tenant));
  return {
    items,
    continue: last === undefined ? null : sealPlace(key, binding, { connectionId: last.connectionId }, nowMs),
  };
};
