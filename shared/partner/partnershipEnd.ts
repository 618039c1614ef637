import type { Expiring } from '../model/expiring';
import type { Partnership, Tenant } from '../model/tenant';

/** When the provider's people lose their rights in a tenant; undefined where the relationship goes on by itself. */
export const partnershipEnd = (tenantId: string, partnership: Partnership): Expiring | undefined => {
  const { name, endsAt, autoExtends } = partnership;
  return autoExtends ? undefined : { what: 'partnerRelationship', name, tenantId, endsAt };
};

/** For a tenant's health. */
export const partnershipEndsOf = ({ tenantId, partnership }: Tenant): readonly Expiring[] => {
  const end = partnership && partnershipEnd(tenantId, partnership);
  return end === undefined ? [] : [end];
};
