import type { Filters } from '../../model/connection';
import type { Tenant } from '../../model/tenant';
import type { IncidentState } from './deliveryPlan';
import { listOf, textOf, valuesAt } from './paths';

/** Whether an incident is one of those a connection carries: each condition given holds by one of its values, whatever their casing. */
export const passesFilter = (
  filters: Filters,
  { header, body }: Pick<IncidentState, 'header' | 'body'>,
  tenant: Pick<Tenant, 'groups'>,
): boolean => {
  const sources = listOf(body.alerts).map((alert) => textOf(alert, 'serviceSource') ?? null);
  const tags = [...valuesAt(body, ['customTags']), ...valuesAt(body, ['systemTags'])];
  return (
    meets(filters.severity, [header.severity]) &&
    meets(filters.status, [header.status]) &&
    meets(filters.source, sources) &&
    meets(filters.tags, tags) &&
    meets(filters.group, tenant.groups)
  );
};

/** An empty list is no condition. */
const meets = (wanted: readonly string[] | undefined, given: readonly unknown[]): boolean => {
  if (wanted === undefined || wanted.length === 0) return true;
  const words = new Set(wanted.map((word) => word.toLowerCase()));
  return given.some((value) => typeof value === 'string' && words.has(value.toLowerCase()));
};
