import type { CloudState, Poison, Tokens } from '../../../local/microsoft';
import { ChangeError, createCloudState } from '../../../local/microsoft';
import { believableChange } from '../../../local/microsoft/world/believableChange';
import type { Incident, Status, Tenant } from '../../../local/microsoft/world/incident';
import { createRandom } from '../../../local/microsoft/world/random';
import { formatTime7, formatTimeTrimmed } from '../../../local/microsoft/world/time7';
import type { RandomSource } from '../../support/randomSource';
import type { Tally } from './faultKinds';
import type { History } from './history';
import { createHistory } from './history';
import type { DayPlan, Rates } from './plan';
import { shownId } from './shownId';
import type { Timeline } from './timeline';

/** Defender's side of a day: tenants, their incidents, and everything that happens to those. */
export interface Customers {
  readonly cloud: CloudState;
  readonly tenants: readonly Tenant[];
  readonly history: History;
  /** Something an analyst or Defender would do, late or odd where the day has that. */
  change(tenant: Tenant, faults: boolean): void;
  /** A group of new incidents with one last update. */
  tie(tenant: Tenant): void;
  /** A chain of merges, or two incidents merged into each other. */
  merge(tenant: Tenant): void;
  /** An incident of which an older version can be shown again, with that version. */
  olderVersion(tenant: Tenant): (() => () => void) | undefined;
  hasOddIds(tenant: Tenant): boolean;
  /** The faults are over: poison goes, where the day says so. */
  heal(): void;
  /** True where the incident can never be shown whole in this day, so that it must end in quarantine. */
  isPoisoned(tenantId: string, shown: string): boolean;
  readonly poisoned: number;
  /** True where something is put over what it is shown with, so that the world itself does not say what changed. */
  isDisguised(tenantId: string, shown: string): boolean;
  /** True where its alerts had to be asked for apart at some time, so that they may be those of its next version. */
  wasReadApart(tenantId: string, shown: string): boolean;
}

export interface CustomersOptions {
  readonly seed: number;
  readonly plan: DayPlan;
  readonly timeline: Timeline;
  readonly random: RandomSource;
  readonly tally: Tally;
  readonly tell: (what: string) => void;
}

const ticksPerMs = 10_000n;
const longestLateMs = 55 * 60_000;

export const createCustomers = async (options: CustomersOptions): Promise<Customers> => {
  const { seed, plan, timeline, random, tally, tell } = options;
  const { rates } = plan;
  let last = 0n;
  const clock = (): bigint => {
    const now = BigInt(timeline.now()) * ticksPerMs;
    last = now > last ? now : last + 1n;
    return last;
  };
  // Tokens are issued by the day's own Entra: signing keys are dear and say nothing here.
  const unused = {} as Tokens;
  const cloud = await createCloudState(
    {
      seed,
      tenants: plan.tenants,
      incidentsPerTenant: plan.history,
      now: new Date(timeline.now()).toISOString(),
      clock,
      withoutEvidence: true,
    },
    unused,
  );
  const { world } = cloud;
  const chance = createRandom(seed ^ 0x0dd5);
  const history = createHistory();
  const oddTenants = new Set(world.tenants.filter(() => random.next() < rates.oddIdsShare));
  const older = new Map<Tenant, { incident: Incident; was: Partial<Incident> }[]>();
  const poisoned = new Set<string>();
  const readApart = new Set<string>();
  const disguised = new Set<string>();

  const idOf = (tenant: Tenant, incidentId: string): string =>
    oddTenants.has(tenant) ? shownId(incidentId) : incidentId;
  const note = (tenant: Tenant, incident: Incident): void =>
    history.note(tenant.tenantId, idOf(tenant, incident.id), incident, timeline.now());
  const incidentOf = (tenant: Tenant, incidentId: string): Incident | undefined =>
    world.incidentsOf(tenant).byId.get(incidentId);
  const noteById = (tenant: Tenant, incidentId: string): void => {
    const incident = incidentOf(tenant, incidentId);
    if (incident !== undefined) note(tenant, incident);
  };
  /** Changes what the world's own changes cannot. */
  const alter = (tenant: Tenant, incident: Incident, change: Partial<Incident>): void => {
    world.incidentsOf(tenant).alter(incident, () => {
      Object.assign(incident, change);
      incident.revision += 1;
    });
  };

  let applied: string[] = [];
  world.onChange((change) => {
    applied = change.kind === 'redirect' ? [change.incidentId, change.into] : [change.incidentId];
  });
  const disguise = (tenant: Tenant, incident: Incident, poison: Poison): void => {
    disguised.add(`${tenant.tenantId} ${idOf(tenant, incident.id)}`);
    cloud.behaviour.poison(tenant.tenantId, incident.id, poison);
  };
  /** The first incident it touched; undefined where the world refused. */
  const apply = (tenant: Tenant, change: Parameters<typeof world.apply>[0]): Incident | undefined => {
    try {
      const before = 'incidentId' in change ? snapshot(incidentOf(tenant, change.incidentId)) : undefined;
      world.apply(change);
      const [first = ''] = applied;
      const incident = incidentOf(tenant, first);
      if (before !== undefined && incident !== undefined) {
        const list = older.get(tenant) ?? [];
        older.set(tenant, [...list.slice(-8), { incident, was: before }]);
      }
      return incident;
    } catch (error) {
      if (error instanceof ChangeError) return undefined;
      throw error;
    }
  };

  const lateTicks = (): bigint =>
    BigInt(timeline.now() - 1000 - random.below(longestLateMs - 1000)) * ticksPerMs - BigInt(random.below(10_000));

  /** The change just made gets an older time than it was made at: Defender shows it only now. */
  const makeLate = (tenant: Tenant, incident: Incident, floorTicks: bigint): void => {
    const wanted = lateTicks();
    const ticks = wanted > floorTicks ? wanted : floorTicks + 1n;
    if (ticks >= BigInt(timeline.now()) * ticksPerMs) return;
    tally.hit(14);
    alter(tenant, incident, { lastUpdateTicks: ticks, lastUpdateDateTime: formatTime7(ticks) });
  };

  const makeOdd = (tenant: Tenant, incident: Incident, floorTicks: bigint): void => {
    tally.hit(19);
    switch (random.below(6)) {
      case 0:
        alter(tenant, incident, { status: 'quarantinedByFuture' as Status });
        return;
      case 1:
        alter(tenant, incident, { displayName: null } as unknown as Partial<Incident>);
        return;
      case 2:
        disguise(tenant, incident, {
          raw: { severity: 'apocalyptic', classification: null, determination: 'certain' },
        });
        return;
      case 3: {
        const raw = { futureField: { nested: [1, null, 'x'] }, priorityScore: '17', summary: 4 };
        disguise(tenant, incident, { raw });
        return;
      }
      default: {
        const digits = random.below(7);
        const grain = 10n ** BigInt(7 - digits);
        const ticks = (incident.lastUpdateTicks / grain) * grain;
        if (ticks <= floorTicks) return;
        alter(tenant, incident, { lastUpdateTicks: ticks, lastUpdateDateTime: formatTimeTrimmed(ticks) });
      }
    }
  };

  const makeHuge = (tenant: Tenant, incident: Incident): void => {
    tally.hit(20);
    const put = (poison: Poison): void => disguise(tenant, incident, poison);
    switch (random.below(5)) {
      case 0:
        alter(tenant, incident, { displayName: `half ${String.fromCharCode(0xd83d)} \u0000 pair` });
        return;
      case 1:
        put({ raw: { description: 'x'.repeat(70_000) } });
        return;
      case 2:
        put({ raw: manyFields() });
        return;
      case 3:
        put({ deep: 20 + random.below(60) });
        return;
      default:
        put({ deep: 150 + random.below(5_000) });
        poisoned.add(`${tenant.tenantId} ${idOf(tenant, incident.id)}`);
    }
  };

  /** Of each tenant's incidents some can never be shown with their alerts. */
  const poisonSome = (tenant: Tenant, incident: Incident): void => {
    if (random.next() >= rates.expandFailsShare) return;
    tally.hit(9);
    const alertsFail = random.next() < 0.5;
    cloud.behaviour.poison(tenant.tenantId, incident.id, { expandFails: true, alertsFail });
    poisoned.add(`${tenant.tenantId} ${idOf(tenant, incident.id)}`);
    readApart.add(`${tenant.tenantId} ${idOf(tenant, incident.id)}`);
    tell(`poison ${short(tenant)} ${incident.id}${alertsFail ? ' alerts too' : ''}`);
  };

  for (const tenant of world.tenants)
    for (const incident of world.incidentsOf(tenant).byCreation) {
      history.note(tenant.tenantId, idOf(tenant, incident.id), incident, timeline.now(), true);
      poisonSome(tenant, incident);
    }

  return {
    cloud,
    tenants: world.tenants,
    history,
    change: (tenant, faults) => {
      const rate = (name: keyof Rates): boolean => faults && random.next() < rates[name];
      const change = believableChange(tenant, world.incidentsOf(tenant), chance);
      const before = 'incidentId' in change ? incidentOf(tenant, change.incidentId) : undefined;
      const floor = before?.lastUpdateTicks ?? 0n;
      const isLate = change.kind !== 'redirect' && rate('latePerChange');
      const isLateNew = isLate && change.kind === 'create';
      const incident = apply(tenant, isLateNew ? { ...change, at: formatTime7(lateTicks()) } : change);
      if (incident === undefined) return;
      const touched = applied;
      if (change.kind === 'redirect' || change.kind === 'reopen') tally.hit(18);
      if (isLateNew) tally.hit(14);
      else if (isLate) makeLate(tenant, incident, floor);
      else if (change.kind === 'redirect') tell('a merge');
      else if (rate('oddPerChange')) makeOdd(tenant, incident, floor);
      else if (rate('hugePerChange')) makeHuge(tenant, incident);
      for (const id of touched) noteById(tenant, id);
      if (faults && change.kind === 'create') poisonSome(tenant, incident);
      tell(`${change.kind} ${short(tenant)} ${touched.join(' ')} at ${formatTime7(incident.lastUpdateTicks)}`);
    },
    tie: (tenant) => {
      tally.hit(13);
      const size = random.next() < 0.15 ? 51 + random.below(12) : 3 + random.below(14);
      let ticks: bigint | undefined;
      for (let made = 0; made < size; made += 1) {
        const change = { kind: 'create' as const, tenantId: tenant.tenantId, seed: random.below(2 ** 31) };
        const incident = apply(tenant, change);
        if (incident === undefined) continue;
        ticks ??= incident.lastUpdateTicks;
        const alerts = incident.alerts.slice(0, 1);
        alter(tenant, incident, { lastUpdateTicks: ticks, lastUpdateDateTime: formatTime7(ticks), alerts });
        note(tenant, incident);
      }
      tell(`${size} of ${short(tenant)} share ${ticks === undefined ? '' : formatTime7(ticks)}`);
    },
    merge: (tenant) => {
      const { byLastUpdate } = world.incidentsOf(tenant);
      const some = byLastUpdate.filter(({ status }) => status !== 'redirected').slice(-6);
      const [a, b, c] = some;
      if (a === undefined || b === undefined) return;
      tally.hit(18);
      if (random.next() < 0.2) {
        apply(tenant, { kind: 'remove', tenantId: tenant.tenantId, incidentId: a.id });
        history.gone(tenant.tenantId, idOf(tenant, a.id));
        tell(`gone ${short(tenant)} ${a.id}`);
        return;
      }
      const into = (from: Incident, to: Incident): void =>
        void apply(tenant, { kind: 'redirect', tenantId: tenant.tenantId, incidentId: from.id, into: to.id });
      if (c !== undefined && random.next() < 0.6) {
        into(a, b);
        into(b, c);
        for (const each of [a, b, c]) note(tenant, each);
        tell(`chain ${short(tenant)} ${a.id} > ${b.id} > ${c.id}`);
        return;
      }
      into(a, b);
      const ticks = clock();
      alter(tenant, b, {
        status: 'redirected',
        redirectIncidentId: a.id,
        alerts: [],
        lastUpdateTicks: ticks,
        lastUpdateDateTime: formatTime7(ticks),
      });
      for (const each of [a, b]) note(tenant, each);
      tell(`cycle ${short(tenant)} ${a.id} <> ${b.id}`);
    },
    olderVersion: (tenant) => {
      const list = older.get(tenant) ?? [];
      const found = list[random.below(Math.max(1, list.length))];
      if (found === undefined) return undefined;
      const { incident, was } = found;
      const isCurrent = history.current(tenant.tenantId).has(idOf(tenant, incident.id));
      // What was hidden comes late: no later than any other that comes late.
      const isFresh = incident.lastUpdateTicks >= BigInt(timeline.now() - longestLateMs) * ticksPerMs;
      if (!isCurrent || !isFresh || was.lastUpdateTicks === undefined) return undefined;
      if (was.lastUpdateTicks >= incident.lastUpdateTicks) return undefined;
      // One that lasted for an instant only was never there to be seen.
      const wasShown = history.find(tenant.tenantId, idOf(tenant, incident.id), formatTime7(was.lastUpdateTicks));
      if (wasShown === undefined) return undefined;
      // The older one lasts for one answer; whoever read then could not see the newer one.
      return () => {
        const now = snapshot(incident);
        const swap = (to: Partial<Incident> | undefined): void =>
          world.incidentsOf(tenant).alter(incident, () => void Object.assign(incident, to));
        swap(was);
        return () => {
          swap(now);
          history.seenAgain(tenant.tenantId, idOf(tenant, incident.id), timeline.now());
        };
      };
    },
    hasOddIds: (tenant) => oddTenants.has(tenant),
    heal: () => {
      if (!plan.poisonHeals) return;
      for (const { tenantId } of world.tenants) cloud.behaviour.heal(tenantId);
      poisoned.clear();
    },
    isPoisoned: (tenantId, id) => poisoned.has(`${tenantId} ${id}`),
    isDisguised: (tenantId, id) => disguised.has(`${tenantId} ${id}`),
    wasReadApart: (tenantId, id) => readApart.has(`${tenantId} ${id}`),
    get poisoned() {
      return poisoned.size;
    },
  };
};

export const short = ({ tenantId }: { readonly tenantId: string }): string => tenantId.slice(0, 4);

const snapshot = (incident: Incident | undefined): Partial<Incident> | undefined => incident && { ...incident };

const manyFields = (): Record<string, string> =>
  Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`extension${at}`, 'value']));
