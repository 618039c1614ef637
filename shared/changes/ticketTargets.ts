import { remembered } from '../delivery/remembered';
import { allTenants, targetIdOf } from '../model/connection';
import type { Connection } from '../model/connection';
import type { Clock } from '../ports';
import type { ConnectionStore } from '../store/connections';

/** By which targets a tenant's incidents may have tickets; `targetIdOf` each connection, switched off ones included. */
export type TicketTargets = (tenantId: string) => Promise<readonly string[]>;

/** A first ticket is seen in lists after so long at the latest; in its incident at once. */
const freshMs = 30_000;

/** Asked of storage once in half a minute a tenant, and once for the connections of all. */
export const createTicketTargets = (connections: Pick<ConnectionStore, 'ofScope'>, clock: Clock): TicketTargets => {
  const known = remembered<readonly Connection[]>(clock, freshMs);
  const ofScope = (scope: string): Promise<readonly Connection[]> => known(scope, () => connections.ofScope(scope));
  return async (tenantId) => {
    const [own, shared] = await Promise.all([ofScope(tenantId), ofScope(allTenants)]);
    const serving = shared.filter(({ excludeTenants }) => !excludeTenants.includes(tenantId));
    return [...own, ...serving].filter(({ tool }) => tool !== 'webhook').map(targetIdOf);
  };
};
