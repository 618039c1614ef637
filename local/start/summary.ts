import type { FirstSync } from './firstSync';
import { isBlocked } from './firstSync';
import type { TenantView } from './relayApi';
import type { TicketSummary } from './tickets/ticketSummary';
import { counted, number, seconds } from '../../shared/terminal/wording';

/** Running totals of the API. */
type Total = 'new' | 'changed' | 'unchanged' | 'calls' | 'incidentWrites';

export interface TenantSummary {
  readonly tenantId: string;
  readonly name: string;
  readonly state: 'ok' | 'failed';
  /** Incidents held now; the other numbers are of this start. */
  readonly stored: number;
  readonly open: number;
  readonly new: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly calls: number;
  readonly incidentWrites: number;
  /** ISO 8601 UTC; complete up to here. */
  readonly readThrough: string | null;
  /** Why it failed and what mends it. */
  readonly reason: string | null;
  readonly cure: string | null;
}

export interface Summary {
  readonly tenants: { readonly total: number; readonly ok: number; readonly failed: number };
  readonly incidents: {
    readonly stored: number;
    readonly new: number;
    readonly changed: number;
    readonly unchanged: number;
  };
  readonly calls: number;
  readonly incidentWrites: number;
  readonly seconds: number;
  /** By tool; only after a walk with tickets. */
  readonly tickets?: TicketSummary;
  readonly perTenant: readonly TenantSummary[];
}

/** What one cycle did: the API's running totals now, less those of before. */
export function summarize(before: readonly TenantView[], { tenants, unfinished }: FirstSync, tookMs: number): Summary {
  const earlier = new Map(before.map((tenant) => [tenant.tenantId, tenant]));
  const failed = new Set([...tenants.filter(isBlocked), ...unfinished].map(({ tenantId }) => tenantId));
  const perTenant = tenants.map((tenant) =>
    summaryOf(tenant, earlier.get(tenant.tenantId), failed.has(tenant.tenantId) ? 'failed' : 'ok'),
  );
  const sum = (name: Total | 'stored'): number => perTenant.reduce((total, tenant) => total + tenant[name], 0);
  return {
    tenants: { total: perTenant.length, ok: perTenant.length - failed.size, failed: failed.size },
    incidents: { stored: sum('stored'), new: sum('new'), changed: sum('changed'), unchanged: sum('unchanged') },
    calls: sum('calls'),
    incidentWrites: sum('incidentWrites'),
    seconds: Math.round(tookMs / 100) / 10,
    perTenant,
  };
}

/** The summary in a few lines for people. */
export function summaryInWords(summary: Summary): string[] {
  const { tenants, incidents, calls } = summary;
  const failed = tenants.failed === 0 ? '' : `, ${number(tenants.failed)} failed`;
  return [
    `${number(tenants.ok)} of ${counted(tenants.total, 'customer')} complete${failed}: ${counted(incidents.stored, 'incident')} stored`,
    `${number(incidents.new)} new, ${number(incidents.changed)} changed, ${number(incidents.unchanged)} unchanged; ` +
      `${counted(calls, 'Graph call')}, ${counted(summary.incidentWrites, 'incident write')}, ${seconds(summary.seconds * 1000)}`,
  ];
}

function summaryOf(now: TenantView, before: TenantView | undefined, state: 'ok' | 'failed'): TenantSummary {
  const { counts, readThrough } = now.sync;
  const since = (name: Total): number => counts[name] - (before?.sync.counts[name] ?? 0);
  const { reason, cure } = now.access.reader;
  return {
    tenantId: now.tenantId,
    name: now.name,
    state,
    stored: counts.stored,
    open: counts.open,
    new: since('new'),
    changed: since('changed'),
    unchanged: since('unchanged'),
    calls: since('calls'),
    incidentWrites: since('incidentWrites'),
    readThrough,
    reason: state === 'ok' ? null : (reason ?? now.health.reasons[0] ?? 'not complete'),
    cure: state === 'ok' ? null : cure,
  };
}
