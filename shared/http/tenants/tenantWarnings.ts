import { overallAccess } from '../../access/overallAccess';
import { expiryWarnings } from '../../health/expiry';
import type { Access } from '../../model/access';
import type { TenantFacts } from './tenantHealth';
import { isOverdue } from './tenantHealth';

/** Something to look at that keeps the app from no work. */
export interface Warning {
  readonly name: string;
  readonly detail: string;
  /** What to do. */
  readonly cure: string | null;
}

/** The tenants in a caller's sight, the first of them. */
export interface SeenTenants {
  readonly facts: readonly TenantFacts[];
  readonly all: boolean;
}

const accessOf = ({ tenant, accesses }: TenantFacts): Access => overallAccess(tenant.backend, accesses);

/** So many are named; GET /tenants lists all. */
const mostNamed = 20;

/** One that is switched off is not waited for. */
export const hasAccess = (facts: TenantFacts, state: Access['state']): boolean =>
  facts.tenant.enabled && accessOf(facts).state === state;

export const blockedWarnings = ({ facts, all }: SeenTenants): readonly Warning[] => {
  const parked = facts.filter((one) => hasAccess(one, 'blocked'));
  if (parked.length === 0) return [];
  const named = parked
    .slice(0, mostNamed)
    .map((one) => `${one.tenant.name} (${one.tenant.tenantId}: ${accessOf(one).reason ?? 'unknown'})`);
  const others = parked.length > named.length ? [`${parked.length - named.length} more`] : [];
  return [
    {
      name: 'blockedTenants',
      detail: `${parked.length} of ${all ? '' : 'the first '}${facts.length} tenants are blocked: ${[...named, ...others].join(', ')}.`,
      cure: 'GET /tenants/{tenantId} names the cure of each and its link; they are tried again every 15 minutes, and at once by POST /tenants/{tenantId}/check.',
    },
  ];
};

/** The first of them, and how many more there are. @param listed what names each */
export const firstWarnings = (warnings: readonly Warning[], listed: string): readonly Warning[] => {
  const more = warnings.slice(mostNamed);
  const rest = more.slice(0, 1).map(({ name }) => ({ name, detail: `${more.length} more like these.`, cure: listed }));
  return [...warnings.slice(0, mostNamed), ...rest];
};

export const tenantExpiryWarnings = ({ facts }: SeenTenants, nowMs: number): readonly Warning[] => {
  const names = new Map(facts.map(({ tenant }) => [tenant.tenantId, tenant.name]));
  const warnings = expiryWarnings(
    facts.flatMap(({ expiring }) => expiring),
    nowMs,
  ).map(({ expiring: { tenantId = '' }, detail, cure }) => ({
    name: 'tenantExpiry',
    detail: `${names.get(tenantId) ?? ''} (${tenantId}): ${detail}`,
    cure,
  }));
  return firstWarnings(warnings, 'GET /tenants names each.');
};

export const overdueWarnings = ({ facts, all }: SeenTenants): readonly Warning[] => {
  const overdue = facts.filter((one) => isOverdue(one) && one.access.state !== 'blocked');
  const oldest = overdue.map(({ state }) => state.lastSuccess ?? '').sort()[0];
  if (oldest === undefined) return [];
  const among = all ? `${facts.length}` : `the first ${facts.length}`;
  return [
    {
      name: 'overdueTenants',
      detail: `${overdue.length} of ${among} tenants had no complete run in time; the longest is without one since ${oldest}.`,
      cure:
        overdue.length === facts.length
          ? 'None is read: check that the timers run (Function App, Functions, scheduledSync) and read its last invocations.'
          : 'The sweep starts them again within five minutes; GET /tenants/{tenantId} says what holds each of them up.',
    },
  ];
};
