import type { Tenant as Customer } from '../../../local/microsoft/world/incident';
import type { Target } from '../../../shared/model/outbox';
import type { Tenant } from '../../../shared/model/tenant';
import type { RowOperation } from '../../../shared/ports';
import { tenantRegistry } from '../../../shared/store/tenants';
import type { RandomSource } from '../../support/randomSource';
import { randomSource } from '../../support/randomSource';
import { plainTenant } from '../../support/plainTenant';
import { createChecker } from '../checker/checker';
import { createApp } from './app';
import { createCustomers, short } from './customers';
import { createEntra } from './entra';
import { createTally } from './faultKinds';
import type { ShownVersion } from './history';
import { createFront } from './front';
import { startInstance } from './instance';
import type { DayPlan } from './plan';
import type { QuotaFault } from './quota';
import { createQuota } from './quota';
import { createSabotage } from './sabotage';
import type { Death, Step } from './steps';
import { createSteps } from './steps';
import { createStorage } from './storage';
import { createTimeline } from './timeline';

/** What one day came to. Plain JSON: it crosses from a worker process. */
export interface DayResult {
  readonly seed: number;
  readonly versions: number;
  readonly incidents: number;
  readonly tenants: number;
  readonly runs: number;
  readonly commits: number;
  /** Calls of ports the first instance made while the faults were on. */
  readonly steps: number;
  readonly calls: number;
  readonly faults: Readonly<Record<number, number>>;
  /** Never stored, or stale, after the quiet period. */
  readonly lost: readonly string[];
  readonly breaches: readonly string[];
  readonly overclaims: number;
  readonly regressions: number;
  readonly foreignRows: number;
  readonly foreignCalls: number;
  readonly insideWait: number;
  /** Calls in a wait of another instance's, of which they could not know yet. */
  readonly unawareCalls: number;
  /** 429s that say how long to wait, and those that the other instances were not told of, though they could have been. */
  readonly waits: number;
  readonly untoldWaits: number;
  readonly overLimit: number;
  /** Poll periods from the end of the faults until nothing was missing but what was written down with a time to try it again. */
  readonly catchUpPeriods: number;
  /** Until those were read, too. */
  readonly healedPeriods: number;
  readonly stalledTenants: number;
  readonly hungRuns: number;
  readonly events: number;
  readonly eventFaults: number;
  readonly quarantined: number;
  /** Others that no list shows without a poisoned one of their very instant. */
  readonly heldBack: number;
  /** Of the tenants that were well: by tenant and moment at which a version could first be read, milliseconds until it was stored. */
  readonly delays: Readonly<Record<string, number>>;
  /** What was there before is history. */
  readonly firstReadAtMs: number;
  readonly story: readonly string[];
}

export interface DayOptions {
  readonly seed: number;
  readonly plan: (random: RandomSource) => DayPlan;
  readonly withStory?: boolean;
  /** The first instance dies at this call of a port, and nothing else kills anybody. */
  readonly dieAt?: DieAt;
  /** The first tenant is sick all day: whatever is asked of it fails, and slowly. */
  readonly isOneSick?: boolean;
  /** Says of each version how long it took until it was stored. */
  readonly withDelays?: boolean;
}

export interface DieAt {
  /** From 1. */
  readonly step: number;
  readonly how: Death;
}

const startMs = Date.parse('2026-11-20T06:00:00.000Z');
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Gaps and quarantine are tried again after a day at the latest. */
const longestQuietMs = 30 * hourMs;

export const runDay = async ({
  seed,
  plan: planOf,
  withStory = false,
  dieAt,
  isOneSick = false,
  withDelays = false,
}: DayOptions): Promise<DayResult> => {
  const random = randomSource(seed * 2_654_435_761);
  const plan = planOf(random);
  const timeline = createTimeline(startMs);
  const tally = createTally();
  const story: string[] = [];
  const tell = (what: string): void => {
    if (withStory) story.push(`${new Date(timeline.now()).toISOString().slice(11, 23)} ${what}`);
  };
  const targets: readonly Target[] = ['tickets', 'pager'].map((connectionId, at) => ({
    connectionId,
    since: `${new Date(startMs + at * hourMs).toISOString().slice(0, 19)}.0000000Z` as Target['since'],
  }));
  let faultsAreOn = true;
  const faultsOn = (): boolean => faultsAreOn;
  const { rates } = plan;

  // What happens at the customers' must not depend on how the relay fares.
  const fate = randomSource(seed * 40_503 + 7);
  const customers = await createCustomers({ seed, plan, timeline, random: fate, tally, tell });
  const { history } = customers;
  const storage = createStorage(timeline);
  const quota = createQuota();
  const checker = createChecker({
    storage,
    history,
    tenantIds: customers.tenants.map(({ tenantId }) => tenantId),
    now: () => timeline.now(),
    overlapMinutes: 60,
    targets,
    isDisguised: (tenantId, incidentId) => customers.isDisguised(tenantId, incidentId),
    wasReadApart: (tenantId, incidentId) => customers.wasReadApart(tenantId, incidentId),
    onAccess: ({ partitionKey, rowKey, blockedUntil }) => {
      const untilMs = typeof blockedUntil === 'string' ? Date.parse(blockedUntil) : 0;
      quota.rowSays(partitionKey, rowKey === 'access_defender' ? 'defender' : 'graph', untilMs, timeline.now());
    },
    onState: (row) => sabotage.committed(row),
    tell,
  });
  const entra = createEntra({ tenants: customers.tenants, timeline, random, tally, rates, faultsOn });
  const front = createFront({ plan, customers, timeline, random, tally, quota, faultsOn, tell, isTold: withStory });
  let frozenUntilMs = 0;
  let runs = 0;
  const bugs: unknown[] = [];
  const hungAfterMs = 15 * minuteMs;
  const sabotage = createSabotage({
    storage,
    timeline,
    random,
    tally,
    rates,
    faultsOn,
    tell,
    onRowsLost: (tenantId) => checker.forget(tenantId),
  });

  let firstSteps = 0;
  const deathAtStep = ({ at, what }: Step): Death | undefined => {
    if (faultsAreOn) firstSteps = at;
    if (at !== dieAt?.step || !faultsAreOn) return undefined;
    tally.hit(1);
    tell(`killed ${dieAt.how} ${what}`);
    return dieAt.how;
  };
  const deathAt = ({ what }: Step): Death | undefined => {
    // Each tick looks through every partition of the index; the interesting moments are elsewhere.
    const rate = what === 'index.page' ? rates.killedPerStep / 20 : rates.killedPerStep;
    if (!faultsAreOn || random.next() >= rate) return undefined;
    tally.hit(1);
    tell(`killed at ${what}`);
    return (['before', 'underway', 'after'] as const)[random.below(3)];
  };
  const skewOf = (): (() => number) => {
    if (random.next() >= rates.skewedShare) return () => 0;
    tally.hit(31);
    const offMs = Math.round((random.next() * 2 - 1) * 10 * minuteMs);
    const steps = random.next() < 0.5;
    return () => (!faultsAreOn ? 0 : steps && Math.floor(timeline.now() / hourMs) % 2 === 0 ? -offMs : offMs);
  };
  const app = createApp({
    plan,
    timeline,
    random,
    tally,
    faultsOn,
    tell,
    start: (name) =>
      startInstance({
        name,
        timeline,
        storage,
        customers,
        front,
        entra,
        quota,
        random,
        targets,
        tell,
        skewMs: skewOf(),
        intervalSeconds: plan.intervalSeconds,
        spoil: (operations: readonly RowOperation[]) => sabotage.spoil(operations),
        onBug: (error) => bugs.push(error),
        onRun: (tenant, outcome) => {
          runs += 1;
          tell(
            `${name} read ${short(tenant)}: ${outcome.state} ${outcome.code ?? ''} ${JSON.stringify(outcome.counts)}`,
          );
        },
        steps: createSteps({
          timeline,
          random,
          tally,
          rates,
          faultsOn,
          frozenUntilMs: () => frozenUntilMs,
          onTrouble: (untilMs) => quota.troubled(name, timeline.now(), untilMs),
          deathAt: name === 'app1' && rates.killedPerStep === 0 ? deathAtStep : deathAt,
          tell,
        }),
      }),
  });

  // The tenants are registered as an operator would; who is read by which back end, the day decides.
  const registry = tenantRegistry(storage.tables.tenants);
  const registered = customers.tenants.map((customer) =>
    plainTenant(customer.tenantId, { backend: random.next() < plan.defenderShare ? 'defender' : 'graph' }),
  );
  for (const tenant of registered) await registry.put(tenant);
  if (plan.history > 100) tally.hit(41);

  const endMs = startMs + plan.hours * hourMs;
  const sometime = (perHour: number, work: () => void): void => {
    for (let at = startMs; ;) {
      if (perHour <= 0) return;
      at += (-Math.log(1 - random.next()) / perHour) * hourMs;
      if (at >= endMs) return;
      timeline.at(Math.floor(at), work);
    }
  };
  const anyCustomer = (): Customer => customers.tenants[random.below(customers.tenants.length)]!;
  const inMinutes = (least: number, most: number): number =>
    timeline.now() + (least + random.next() * (most - least)) * minuteMs;

  for (const customer of customers.tenants) {
    sometime(plan.changesPerHour, () => customers.change(customer, true));
    sometime(rates.tiesPerHour, () => customers.tie(customer));
    sometime(rates.mergesPerHour, () => customers.merge(customer));
  }
  sometime(rates.stormsPerHour, () => {
    tell('storm');
    front.storm(inMinutes(20, 30));
  });
  sometime(rates.allKilledPerHour, () => {
    tally.hit(2);
    tell('all killed');
    app.killAll();
  });
  sometime(rates.frozenPerHour, () => {
    tell('storage frozen');
    frozenUntilMs = inMinutes(0.5, 1.5);
  });
  sometime(rates.cursorPerHour, () => void sabotage.cursor(anyCustomer().tenantId));
  sometime(rates.rowsGonePerHour, () => void sabotage.loseRows(anyCustomer().tenantId));
  sometime(rates.credentialPerHour, () => {
    tally.hit(28);
    if (random.next() < 0.5) entra.expireSecret(inMinutes(1, 40));
    else entra.closeVault(inMinutes(1, 40));
    tell('credential trouble');
  });
  sometime(rates.consentPerHour, () => {
    const customer = anyCustomer();
    tell(`consent or licence of ${short(customer)} gone`);
    if (random.next() < 0.5) front.withoutLicence(customer, inMinutes(1, 60));
    else entra.revokeConsent(customer, inMinutes(1, 60));
    front.revokeTokens(customer);
  });
  const configure = async (tenant: Tenant): Promise<void> => {
    tally.hit(39);
    const kind = random.below(3);
    tell(`config of ${short(tenant)}: ${['disabled', 'deleted', 'other back end'][kind]}`);
    if (kind === 0) await registry.put({ ...tenant, enabled: false });
    else if (kind === 1) await registry.delete(tenant.tenantId);
    else await registry.put({ ...tenant, backend: tenant.backend === 'graph' ? 'defender' : 'graph' });
    // The other back end stays, the others come back.
    if (kind === 2) return;
    timeline.at(inMinutes(1, 30), () => void registry.put(tenant));
  };
  sometime(rates.configPerHour, () => void configure(registered[random.below(registered.length)]!));

  const [first] = customers.tenants;
  if (isOneSick && first !== undefined) front.sicken(first, endMs);
  app.runUntil(endMs);
  await timeline.runUntil(endMs);

  // The quiet period: all is well again, and the relay must catch up without anyone's help.
  faultsAreOn = false;
  entra.heal();
  front.heal();
  customers.heal();
  sabotage.heal();
  for (const tenant of registered) await registry.put((await registry.get(tenant.tenantId)) ?? tenant);
  for (const tenant of registered) {
    const now = (await registry.get(tenant.tenantId)) ?? tenant;
    await registry.put({ ...now, enabled: true });
  }
  tell('quiet');
  const periodMs = plan.intervalSeconds * 1000;
  let catchUpPeriods = -1;
  let healedPeriods = -1;
  const heldBack = new Set<string>();
  const permanent = (tenantId: string, { incidentId, version }: ShownVersion): boolean => {
    const isPoisoned = (id: string): boolean => customers.isPoisoned(tenantId, id) || sabotage.isRefused(tenantId, id);
    if (isPoisoned(incidentId)) return checker.isWrittenDown(tenantId, incidentId, version);
    if (!checker.sharesInstant(tenantId, version, isPoisoned)) return false;
    heldBack.add(`${tenantId} ${incidentId}`);
    return true;
  };
  const missingNow = () =>
    customers.tenants.flatMap(({ tenantId }) =>
      checker
        .missing(tenantId)
        .filter(({ shown }) => !permanent(tenantId, shown))
        .map((missing) => ({ tenantId, ...missing })),
    );
  const quietEndMs = endMs + longestQuietMs;
  // Waits that Defender announced before still bind: all is well when the last of them is over.
  const wellMs = Math.max(endMs, quota.waitsUntilMs);
  app.runUntil(wellMs);
  await timeline.runUntil(wellMs);
  for (let at = wellMs, period = 1; at < quietEndMs; period += 1) {
    at += periodMs;
    app.runUntil(at);
    await timeline.runUntil(at);
    const missing = missingNow();
    const unaccounted = missing.filter(
      ({ tenantId, shown }) => !checker.isWrittenDown(tenantId, shown.incidentId, shown.version),
    );
    if (unaccounted.length === 0 && catchUpPeriods < 0) catchUpPeriods = period;
    if (missing.length === 0 && healedPeriods < 0) healedPeriods = period;
    if (healedPeriods >= 0 && period >= 3) break;
  }
  if (bugs.length > 0) throw bugs[0];
  quota.end(timeline.now());
  for (const { kind, tenantId, atMs, instance } of quota.faults)
    story.push(`${new Date(atMs).toISOString().slice(11, 23)} QUOTA ${instance} at ${tenantId.slice(0, 4)}: ${kind}`);
  const countOf = (wanted: QuotaFault['kind']): number => quota.faults.filter(({ kind }) => kind === wanted).length;
  const lost = missingNow();
  const stalled = new Set(lost.map(({ tenantId }) => tenantId));
  await timeline.runUntil(timeline.now() + hungAfterMs);
  for (const instance of [...app.instances]) instance.end();

  return {
    seed,
    versions: history.versions,
    incidents: history.incidents,
    tenants: customers.tenants.length,
    runs,
    commits: checker.commits,
    steps: firstSteps,
    calls: quota.calls,
    faults: tally.counts(),
    lost: lost.map(
      ({ tenantId, incidentId, shown, stored }) =>
        `${tenantId} ${incidentId}: shown ${shown.version} ${shown.status ?? ''} with ${shown.alertsCount} alerts since ${new Date(shown.visibleAtMs).toISOString()}, stored ${stored}`,
    ),
    breaches: checker.breaches,
    overclaims: checker.overclaims,
    regressions: checker.regressions,
    foreignRows: checker.foreignRows,
    foreignCalls: front.foreign.length,
    insideWait: countOf('inside a wait'),
    unawareCalls: quota.unaware,
    waits: quota.waits,
    untoldWaits: countOf('kept a wait to itself'),
    overLimit: countOf('over the limit'),
    catchUpPeriods,
    healedPeriods,
    stalledTenants: stalled.size,
    hungRuns: app.open,
    events: checker.events,
    eventFaults: checker.eventFaults,
    quarantined: customers.poisoned + sabotage.refused,
    heldBack: heldBack.size,
    delays: withDelays
      ? Object.fromEntries(
          checker.delays
            .filter(({ tenantId }) => tenantId !== first?.tenantId)
            .map(({ tenantId, visibleAtMs, ms }) => [`${tenantId} ${visibleAtMs}`, ms]),
        )
      : {},
    firstReadAtMs: startMs,
    story,
  };
};
