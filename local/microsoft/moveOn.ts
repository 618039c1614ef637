import type { CloudState } from './state';
import { randomUpdate } from './world/believableChange';
import type { Tenant } from './world/incident';

/** What happens in the tenant between this page and the next. */
export function moveOn(state: CloudState, tenant: Tenant): void {
  const { updatesPerPage } = state.behaviour.settings;
  if (updatesPerPage <= 0) return;
  const extra = state.chance.chance(updatesPerPage % 1) ? 1 : 0;
  for (let left = Math.floor(updatesPerPage) + extra; left > 0; left--) {
    const change = randomUpdate(tenant, state.world.incidentsOf(tenant), state.chance);
    if (change !== undefined) state.world.apply(change);
  }
}
