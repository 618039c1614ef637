import type { AppliedChange, Change } from './changes';
import { applyChange, ChangeError } from './changes';
import { generateIncidents } from './generateIncidents';
import type { Status, Tenant } from './incident';
import type { WorldArguments } from './journal';
import { openJournal } from './journal';
import { guidOf } from './random';
import type { TenantIncidents } from './tenantIncidents';
import { createTenantIncidents } from './tenantIncidents';
import { providerName, tenantDomain, tenantName } from './tenantNames';
import type { Clock, Ticks } from './time7';
import { createSystemClock, formatTime7, parseTime7 } from './time7';

export interface WorldOptions {
  /** Same seed, counts and `now`: the same world, byte for byte. */
  seed: number;
  tenants: number;
  incidentsPerTenant: number;
  /** ISO 8601 UTC; all generated history lies in the 90 days before. Default: the journal's, else the clock's. */
  now?: string;
  clock?: Clock;
  /** File every applied change is appended to, and from which they are applied again at the start. */
  journal?: string;
  /** The provider has Defender itself, with so many incidents; undefined, the default: it has none. */
  homeIncidents?: number;
  /** Size of one group of incidents in each tenant that share one last update, default none. */
  tieGroup?: number;
}

export interface TruthRow {
  tenantId: string;
  incidentId: string;
  lastUpdateDateTime: string;
  status: Status;
  alertsCount: number;
}

export type ChangeListener = (change: AppliedChange, tenant: Tenant) => void;

export interface World {
  readonly seed: number;
  readonly now: string;
  readonly clock: Clock;
  /** The provider's own tenant; it has incidents only where they were asked for. */
  readonly homeTenant: Tenant;
  /** Customers. */
  readonly tenants: readonly Tenant[];
  /** By id or initial domain, the home tenant included. */
  findTenant(idOrDomain: string): Tenant | undefined;
  /** Whether the tenant uses Defender at all. */
  hasDefender(tenant: Tenant): boolean;
  incidentsOf(tenant: Tenant): TenantIncidents;
  /** @throws ChangeError when tenant or incident does not exist or the change is not possible. */
  apply(change: Change): AppliedChange;
  /** What a complete reader must hold, of one tenant or of all; least recently changed first within a tenant. */
  truth(tenantId?: string): TruthRow[];
  /** Called after each applied change, replayed ones excepted. Answers how to stop it. */
  onChange(listener: ChangeListener): () => void;
}

export function createWorld(options: WorldOptions): World {
  const {
    seed,
    tenants: tenantCount,
    incidentsPerTenant,
    clock = createSystemClock(),
    tieGroup = 0,
    homeIncidents,
  } = options;
  const journal = options.journal === undefined ? undefined : openJournal(options.journal);
  const now = options.now ?? journal?.written?.now ?? formatTime7(clock());
  const nowTicks = parseTime7(now);
  if (nowTicks === undefined) throw new RangeError(`now is not an ISO 8601 UTC time: ${now}`);
  const tenants = Array.from({ length: tenantCount }, (_, index) => createTenant(seed, index));
  const homeTenant: Tenant = {
    index: -1,
    tenantId: guidOf(seed, 'home'),
    displayName: providerName,
    domain: tenantDomain(providerName),
  };
  const known = new Map(
    [homeTenant, ...tenants].flatMap((each) => [[each.tenantId, each] as const, [each.domain, each] as const]),
  );
  const histories = new Map<string, TenantIncidents>();
  const listeners = new Set<ChangeListener>();

  const incidentsOf = (tenant: Tenant): TenantIncidents => {
    const grown = histories.get(tenant.tenantId);
    if (grown !== undefined) return grown;
    const count = tenant.index < 0 ? (homeIncidents ?? 0) : incidentsPerTenant;
    const incidents = createTenantIncidents(generateIncidents(tenant, { seed, count, nowTicks, tieGroup }));
    histories.set(tenant.tenantId, incidents);
    return incidents;
  };
  const applyAt = (change: Change, at: Ticks | undefined): [AppliedChange, Tenant] => {
    const tenant = known.get(change.tenantId.toLowerCase());
    if (tenant === undefined || (tenant.index < 0 && homeIncidents === undefined))
      throw new ChangeError('notFound', `no customer tenant ${change.tenantId}`);
    const incidents = incidentsOf(tenant);
    return [applyChange(tenant, incidents, change, at ?? laterOf(clock(), incidents.lastTicks + 1n)), tenant];
  };
  const apply = (change: Change): AppliedChange => {
    const [applied, tenant] = applyAt(change, lateTime(change, clock));
    journal?.append(applied);
    for (const listener of listeners) listener(applied, tenant);
    return applied;
  };

  if (journal !== undefined) {
    const world = { seed, tenants: tenantCount, incidentsPerTenant, tieGroup, now };
    if (journal.written === undefined) journal.begin(world);
    else if (!isSameWorld(journal.written, world)) {
      throw new RangeError(`the journal belongs to another world: ${JSON.stringify(journal.written)}`);
    }
    for (const change of journal.changes) applyAt(change, parseTime7(change.at));
  }

  return {
    seed,
    now,
    clock,
    homeTenant,
    tenants,
    findTenant: (idOrDomain) => known.get(idOrDomain.toLowerCase()),
    hasDefender: ({ index }) => index >= 0 || homeIncidents !== undefined,
    incidentsOf,
    apply,
    truth: (tenantId) =>
      [...tenants, ...(tenantId === homeTenant.tenantId ? [homeTenant] : [])]
        .filter((each) => tenantId === undefined || each.tenantId === tenantId)
        .flatMap((each) => truthOf(each, incidentsOf(each))),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Customers who came since change nothing about those who were there. */
function isSameWorld(written: WorldArguments, world: WorldArguments): boolean {
  return (
    written.tenants <= world.tenants && JSON.stringify({ ...written, tenants: world.tenants }) === JSON.stringify(world)
  );
}

function createTenant(seed: number, index: number): Tenant {
  const displayName = tenantName(index);
  return { index, tenantId: guidOf(seed, 'tenant', index), displayName, domain: tenantDomain(displayName) };
}

function truthOf({ tenantId }: Tenant, { byLastUpdate }: TenantIncidents): TruthRow[] {
  return byLastUpdate.map((incident) => ({
    tenantId,
    incidentId: incident.id,
    lastUpdateDateTime: incident.lastUpdateDateTime,
    status: incident.status,
    alertsCount: incident.alerts.length,
  }));
}

/** The time a late change names; undefined: it happens now. */
function lateTime(change: Change, clock: Clock): Ticks | undefined {
  if ((change.kind !== 'create' && change.kind !== 'update') || change.at === undefined) return undefined;
  const ticks = parseTime7(change.at);
  if (ticks === undefined) throw new ChangeError('refused', `at is not an ISO 8601 UTC time: ${change.at}`);
  if (ticks > clock()) throw new ChangeError('refused', `at is in the future: ${change.at}`);
  return ticks;
}

function laterOf(first: Ticks, second: Ticks): Ticks {
  return first > second ? first : second;
}
