import { overallAccess } from '../../access/overallAccess';
import type { Access } from '../../model/access';
import { pendingAccess } from '../../model/access';
import type { CoverageWindow } from '../../model/coverage';
import type { Gap } from '../../model/cursor';
import type { QuarantineEntry } from '../../model/quarantine';
import type { RegistrationName } from '../../model/registration';
import { registrationFor } from '../../model/registration';
import type { RunCounts } from '../../model/run';
import type { BackEnd, CloudName, Partnership, TenantCredential } from '../../model/tenant';
import type { TenantState } from '../../model/tenantState';
import { isPlanned } from '../../sync/position/gaps';
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
  /** Its own application; null: the app's. The secret is never shown. */
  readonly credential: TenantCredential | null;
  readonly attributes: Readonly<Record<string, string>>;
  /** Of customers by partner relationship (GDAP). */
  readonly partnership: Partnership | null;
  readonly contract: { readonly never: readonly string[] };
  /** In one word, and by registration. */
  readonly access: OverallAccessView;
  readonly health: TenantHealth;
  readonly sync: SyncView;
}

type AccessView = Omit<Access, 'blockedUntil' | 'throttledUntil' | 'since'> & {
  /** ISO 8601 UTC; null: never asked. */
  readonly since: string | null;
};

type RegistrationViews = Readonly<Partial<Record<RegistrationName, AccessView>>> & { readonly reader: AccessView };

/** Each registration stands under its name as well as under `registrations`, where it was first told. */
type OverallAccessView = AccessView & RegistrationViews & { readonly registrations: RegistrationViews };

interface SyncView {
  readonly lastRun: NonNullable<TenantState['lastRun']> | null;
  readonly lastSuccess: string | null;
  /** Last success that brought something new or changed. */
  readonly lastNonEmpty: string | null;
  readonly readThrough: string | null;
  readonly head: string | null;
  /** A pass was cut off, or ranges wait to be read: the next runs go on. */
  readonly backlog: boolean;
  readonly gaps: readonly Gap[];
  /** The newest stretch of the coverage ledger, still growing. */
  readonly window: CoverageWindow | null;
  /** `stored` and `open` are of now, the others running totals. */
  readonly counts: RunCounts & { readonly stored: number; readonly open: number };
  readonly quarantined: readonly QuarantinedView[];
}

type QuarantinedView = Pick<QuarantineEntry, 'incidentId' | 'reason' | 'attempts' | 'nextTry'>;

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
    writeBack: tenant.writeBack,
    credential: tenant.credential ?? null,
    attributes: tenant.attributes,
    partnership: tenant.partnership ?? null,
    contract: tenant.contract,
    access: overallAccessView(facts),
    health: tenantHealth(facts),
    sync: syncView(facts),
  };
};

/** Those that were asked for, the reading one, and the one the tenant is read with. */
const overallAccessView = ({ tenant: { backend }, accesses }: TenantFacts): OverallAccessView => {
  const asked = [...accesses].map(([name, access]) => [name, accessView(access)] as const);
  const never = accessView(pendingAccess);
  const registrations: RegistrationViews = {
    reader: never,
    [registrationFor(backend)]: never,
    ...Object.fromEntries(asked),
  };
  return { ...accessView(overallAccess(backend, accesses)), registrations, ...registrations };
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

const syncView = ({ state, quarantined }: TenantFacts): SyncView => {
  const { cursor, lastRun, lastSuccess, lastNonEmpty, stored, open, totals, window } = state;
  return {
    lastRun: lastRun ?? null,
    lastSuccess: lastSuccess ?? null,
    lastNonEmpty: lastNonEmpty ?? null,
    readThrough: cursor.readThrough ?? null,
    head: cursor.head ?? null,
    backlog: cursor.resume !== undefined || cursor.gaps.some(isPlanned),
    gaps: cursor.gaps,
    window: window ?? null,
    counts: { stored, open, ...totals },
    quarantined: quarantined.map(({ incidentId, reason, attempts, nextTry }) => ({
      incidentId,
      reason,
      attempts,
      nextTry,
    })),
  };
};
