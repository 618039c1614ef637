import type { Partnership, Tenant } from '../model/tenant';
import type { TenantRegistry } from '../store/tenants';
import { bestByCustomer } from './customers';
import type { Relationship } from './relationship';
import { partnershipOf } from './relationship';

/**
 * Writes down with each registered tenant by which relationship it is a customer, and until when, where that changed. One that Graph lists
 * no more is over.
 * @returns how many changed
 */
export const keepPartnerships = async (
  registry: Pick<TenantRegistry, 'pages' | 'setPartnership'>,
  relationships: readonly Relationship[],
  nowMs: number,
): Promise<number> => {
  const best = bestByCustomer(relationships);
  let changed = 0;
  for await (const page of registry.pages('000', undefined)) {
    for (const tenant of page) {
      const now = partnershipNow(tenant, best.get(tenant.tenantId), nowMs);
      if (now === undefined || isSame(now, tenant.partnership)) continue;
      if (await registry.setPartnership(tenant.tenantId, now)) changed += 1;
    }
  }
  return changed;
};

const partnershipNow = (
  { partnership }: Tenant,
  relationship: Relationship | undefined,
  nowMs: number,
): Partnership | undefined => {
  if (relationship !== undefined) return partnershipOf(relationship);
  if (partnership === undefined) return undefined;
  const now = new Date(nowMs).toISOString();
  const endsAt = partnership.endsAt !== null && partnership.endsAt < now ? partnership.endsAt : now;
  return partnership.status === gone ? partnership : { ...partnership, status: gone, endsAt, autoExtends: false };
};

/** Graph's word for what both sides, or one of them, ended. */
const gone = 'terminated';

const told = ['relationshipId', 'name', 'status', 'endsAt', 'autoExtends'] as const;

const isSame = (one: Partnership, other: Partnership | undefined): boolean =>
  told.every((key) => one[key] === other?.[key]);
