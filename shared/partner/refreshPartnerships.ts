import type { HomeGraph } from '../access/homeGraph';
import { AppError } from '../errors';
import type { Log } from '../ports';
import type { TenantRegistry } from '../store/tenants';
import { keepPartnerships } from './keepPartnerships';
import { listRelationships } from './listRelationships';

export interface RefreshDeps {
  readonly graph: HomeGraph;
  readonly registry: Pick<TenantRegistry, 'pages' | 'setPartnership'>;
  readonly log: Log;
}

/**
 * Once a day: ends that were moved, by hand or by themselves, are known before they are warned of. Where no tenant is a customer by a
 * relationship, Graph is not asked; where Graph refuses, what was known stays and the log says so.
 */
export const refreshPartnerships = async ({ graph, registry, log }: RefreshDeps): Promise<void> => {
  if (!(await hasPartners(registry))) return;
  try {
    const changed = await keepPartnerships(registry, await listRelationships(graph), graph.clock.now());
    log.info('partner relationships read', { changed });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    log.warn('partner relationships not read', { code: error.code, reason: error.message });
  }
};

const hasPartners = async (registry: Pick<TenantRegistry, 'pages'>): Promise<boolean> => {
  for await (const page of registry.pages('000', undefined))
    if (page.some(({ partnership }) => partnership !== undefined)) return true;
  return false;
};
