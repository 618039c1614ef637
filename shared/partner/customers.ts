import type { ExpiryStage } from '../health/expiry';
import { expiryWarning } from '../health/expiry';
import type { Tenant } from '../model/tenant';
import { partnershipEnd } from './partnershipEnd';
import type { Relationship } from './relationship';
import { isInForce, isOver, partnershipOf } from './relationship';

/** One customer, by the relationship that holds longest. */
export interface Customer {
  readonly tenantId: string;
  readonly name: string;
  readonly relationshipId: string;
  readonly relationship: string;
  readonly status: string;
  /** Whether our people may work there now. */
  readonly inForce: boolean;
  /** ISO 8601 UTC. */
  readonly endsAt: string | null;
  /** Whole days; negative: over for so long. */
  readonly daysLeft: number | null;
  readonly autoExtends: boolean;
  readonly warning: ExpiryStage | null;
  readonly registered: boolean;
}

const dayMs = 24 * 60 * 60_000;

/** Each customer's best relationship: one in force before one that is over, and of those the one that ends last. */
export const bestByCustomer = (relationships: readonly Relationship[]): ReadonlyMap<string, Relationship> => {
  const best = new Map<string, Relationship>();
  for (const each of relationships) {
    if (!isInForce(each) && !isOver(each)) continue;
    const known = best.get(each.customerTenantId);
    if (known === undefined || isBetter(each, known)) best.set(each.customerTenantId, each);
  }
  return best;
};

const isBetter = (one: Relationship, other: Relationship): boolean =>
  isInForce(one) === isInForce(other) ? (one.endsAt ?? '') > (other.endsAt ?? '') : isInForce(one);

/** Those in force, and those that are over with a tenant registered here; the first to end first. */
export const customersOf = (
  relationships: readonly Relationship[],
  registered: ReadonlyMap<string, Tenant>,
  nowMs: number,
): readonly Customer[] =>
  [...bestByCustomer(relationships).values()]
    .filter((each) => isInForce(each) || registered.has(each.customerTenantId))
    .map((each) => customerOf(each, registered.get(each.customerTenantId), nowMs))
    .toSorted(
      (one, other) =>
        (one.endsAt ?? '9').localeCompare(other.endsAt ?? '9') || one.tenantId.localeCompare(other.tenantId),
    );

const customerOf = (relationship: Relationship, tenant: Tenant | undefined, nowMs: number): Customer => {
  const { customerTenantId: tenantId, customerName, relationshipId, name, status, endsAt, autoExtends } = relationship;
  const end = partnershipEnd(tenantId, partnershipOf(relationship));
  return {
    tenantId,
    name: tenant?.name ?? customerName,
    relationshipId,
    relationship: name,
    status,
    inForce: isInForce(relationship),
    endsAt,
    daysLeft: endsAt === null ? null : Math.floor((Date.parse(endsAt) - nowMs) / dayMs),
    autoExtends,
    warning: (end && expiryWarning(end, nowMs)?.stage) ?? null,
    registered: tenant !== undefined,
  };
};
