import type { Clock } from '../../ports';
import type { DueIndex } from '../../store/due';
import type { TenantRegistry } from '../../store/tenants';
import type { Turns } from './schedule';
import { hasTurn } from './schedule';

/** Above this many children a replay costs more than it saves (reference: 100 children 38 ms a cycle). */
export const maxShards = 200;

export interface PlanDeps {
  readonly registry: TenantRegistry;
  readonly due: DueIndex;
  readonly clock: Clock;
  readonly intervalSeconds: number;
  readonly tenantsPerActivity: number;
}

/** How many shards the tenants that are due make; a number and no list, so nothing grows in Durable's history. 0: nothing is due. */
export const planShards = async (deps: PlanDeps, turns: Turns): Promise<{ readonly shardCount: number }> => {
  const asked = new Set((await deps.due.upTo(deps.clock.now(), '000', undefined)).map(({ tenantId }) => tenantId));
  let due = asked.size;
  for await (const page of deps.registry.pages('000', undefined))
    due += page.filter(
      (tenant) => tenant.enabled && !asked.has(tenant.tenantId) && hasTurn(tenant, turns, deps.intervalSeconds),
    ).length;
  return { shardCount: Math.min(maxShards, Math.ceil(due / deps.tenantsPerActivity)) };
};

const partitions = 4096;
const partitionName = (at: number): string => at.toString(16).padStart(3, '0');

/** The registry partitions of one shard: from (inclusive) to before (exclusive; undefined: to the end). */
export const shardRange = (
  shard: number,
  shardCount: number,
): { readonly from: string; readonly before: string | undefined } => {
  const edge = (at: number): number => Math.floor((at * partitions) / shardCount);
  return {
    from: partitionName(edge(shard)),
    before: shard + 1 >= shardCount ? undefined : partitionName(edge(shard + 1)),
  };
};
