import type { Access } from '../model/access';
import type { Gap } from '../model/cursor';
import type { RunCounts } from '../model/run';
import type { CloudName, BackEnd } from '../model/tenant';
import type { TenantState } from '../model/tenantState';
import type { TenantFacts, TenantHealth } from './tenantHealth';
import { tenantHealth } from './tenantHealth';

/** A tenant as the API shows it, alone and in lists; every key always there. */
export interface TenantView {
  readonly tenantId: string;
  readonly name: string;
  readonly cloud: CloudName;
  readonly backend: BackEnd;
  readonly groups: readonly string[];
  readonly sealed: boolean;
  /** Null: the app's own interval. */
  readonly intervalSeconds: number | null;
  readonly enabled: boolean;
  readonly writeBack: boolean;
  readonly credential: null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly contract: { readonly never: readonly string[] };
  /** By registration. */
  readonly access: { readonly reader: AccessView };
  readonly health: TenantHealth;
  readonly sync: SyncView;
}

type AccessView = Omit<Access, 'blockedUntil' | 'since'> & {
  /** ISO 8601 UTC; null: never asked. */
  readonly since: string | null;
};

interface SyncView {
  readonly lastRun: NonNullable<TenantState['lastRun']> | null;
  readonly lastSuccess: string | null;
  readonly readThrough: string | null;
  readonly head: string | null;
  /** A pass was cut off and goes on at the next run. */
  readonly backlog: boolean;
  readonly gaps: readonly Gap[];
  /** `stored` and `open` are of now, the others running totals. */
  readonly counts: RunCounts & { readonly stored: number; readonly open: number };
  readonly quarantined: readonly never[];
}

export const tenantView = (facts: TenantFacts): TenantView => {
  const { tenant } = facts;
  return {
    tenantId: tenant.tenantId,
    name: tenant.name,
    cloud: tenant.cloud,
    backend: tenant.backend,
    groups: tenant.groups,
    sealed: tenant.sealed,
    intervalSeconds: tenant.intervalSeconds ?? null,
    enabled: tenant.enabled,
    writeBack: false,
    credential: null,
    attributes: tenant.attributes,
    contract: tenant.contract,
    access: { reader: accessView(facts.access) },
    health: tenantHealth(facts),
    sync: syncView(facts.state),
  };
};

const accessView = ({ state, reason, code, raw, cure, link, since }: Access): AccessView => ({
  state,
  reason,
  code,
  raw,
  cure,
  link,
  since: since === '' ? null : since,
});

const syncView = ({ cursor, lastRun, lastSuccess, stored, open, totals }: TenantState): SyncView => ({
  lastRun: lastRun ?? null,
  lastSuccess: lastSuccess ?? null,
  readThrough: cursor.readThrough ?? null,
  head: cursor.head ?? null,
  backlog: cursor.resume !== undefined,
  gaps: cursor.gaps,
  counts: { stored, open, ...totals },
  quarantined: [],
});
