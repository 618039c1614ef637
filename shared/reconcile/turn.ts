import type { Tenant } from '../model/tenant';
import type { TenantState } from '../model/tenantState';
import { isPlanned } from '../sync/position/gaps';

/**
 * True where the tenant's regular reading comes first: it was never read, its turn has come, or it has a backlog, which the next tick
 * goes on with. Deep reads wait for all that, so that fresh incidents never wait for them.
 */
export const isRegularTurn = (
  { lastRun, cursor }: Pick<TenantState, 'lastRun' | 'cursor'>,
  { intervalSeconds }: Pick<Tenant, 'intervalSeconds'>,
  defaultSeconds: number,
  nowMs: number,
): boolean => {
  if (lastRun === undefined || cursor.resume !== undefined || cursor.gaps.some(isPlanned)) return true;
  const interval = (intervalSeconds ?? defaultSeconds) * 1000;
  return nowMs - Date.parse(lastRun.startedAt) >= interval;
};
