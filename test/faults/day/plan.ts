import type { RandomSource } from '../../support/randomSource';

/** How often each thing goes wrong while the faults are on; 0: never. The unit is in the comment. */
export interface Rates {
  /** A step is one call of a port. */
  readonly killedPerStep: number;
  readonly allKilledPerHour: number;
  readonly twicePerActivity: number;
  readonly lostPerRun: number;
  readonly skippedPerTick: number;
  readonly latePerTick: number;
  readonly doublePerTick: number;
  readonly throttledPerCall: number;
  readonly stormsPerHour: number;
  readonly serverErrorPerCall: number;
  /** Of the incidents: those whose alerts cannot be expanded. */
  readonly expandFailsShare: number;
  readonly partialPerCall: number;
  readonly brokenPerCall: number;
  readonly hangPerCall: number;
  /** A list holds a row that says it is another tenant's. */
  readonly foreignRowPerCall: number;
  readonly tiesPerHour: number;
  readonly latePerChange: number;
  readonly movesPerCall: number;
  readonly foreignLinkPerCall: number;
  readonly stalePerCall: number;
  readonly mergesPerHour: number;
  readonly oddPerChange: number;
  readonly hugePerChange: number;
  /** Of the tenants: those with ids that are no number. */
  readonly oddIdsShare: number;
  readonly storageBeforePerStep: number;
  readonly storageAfterPerWrite: number;
  /** Of the incidents: those storage refuses. */
  readonly refusedRowShare: number;
  readonly conflictPerBatch: number;
  readonly frozenPerHour: number;
  readonly cursorPerHour: number;
  /** All incident rows of a tenant and its state are gone. */
  readonly rowsGonePerHour: number;
  readonly sideBySidePerTick: number;
  readonly credentialPerHour: number;
  readonly consentPerHour: number;
  readonly unauthorizedPerCall: number;
  readonly oddTokenPerToken: number;
  /** Of the instances: those whose clock is wrong. */
  readonly skewedShare: number;
  readonly configPerHour: number;
}

/** All that is decided about a day before it begins. */
export interface DayPlan {
  readonly tenants: number;
  /** Of the tenants: those read through the Defender APIs. */
  readonly defenderShare: number;
  /** Incidents a tenant has when it is added. */
  readonly history: number;
  readonly hours: number;
  readonly instances: number;
  readonly intervalSeconds: number;
  /** The timer fires every so many minutes. */
  readonly tickMinutes: number;
  /** Graph hands out so many rows a page instead of 50, with a nextLink: it may, and it makes small worlds page. */
  readonly rowsAPage: number | undefined;
  /** Changes a tenant and hour. */
  readonly changesPerHour: number;
  /** Poison is taken away when the quiet period begins; else it must end in quarantine with all others stored. */
  readonly poisonHeals: boolean;
  readonly rates: Rates;
}

export const noRates: Rates = {
  killedPerStep: 0,
  allKilledPerHour: 0,
  twicePerActivity: 0,
  lostPerRun: 0,
  skippedPerTick: 0,
  latePerTick: 0,
  doublePerTick: 0,
  throttledPerCall: 0,
  stormsPerHour: 0,
  serverErrorPerCall: 0,
  expandFailsShare: 0,
  partialPerCall: 0,
  brokenPerCall: 0,
  hangPerCall: 0,
  foreignRowPerCall: 0,
  tiesPerHour: 0,
  latePerChange: 0,
  movesPerCall: 0,
  foreignLinkPerCall: 0,
  stalePerCall: 0,
  mergesPerHour: 0,
  oddPerChange: 0,
  hugePerChange: 0,
  oddIdsShare: 0,
  storageBeforePerStep: 0,
  storageAfterPerWrite: 0,
  refusedRowShare: 0,
  conflictPerBatch: 0,
  frozenPerHour: 0,
  cursorPerHour: 0,
  rowsGonePerHour: 0,
  sideBySidePerTick: 0,
  credentialPerHour: 0,
  consentPerHour: 0,
  unauthorizedPerCall: 0,
  oddTokenPerToken: 0,
  skewedShare: 0,
  configPerHour: 0,
};

/** What a rate is where a day has the fault at all; each day draws which it has, so that they also meet one by one. */
export const usualRates: Rates = {
  killedPerStep: 0.004,
  allKilledPerHour: 0.4,
  twicePerActivity: 0.1,
  lostPerRun: 0.08,
  skippedPerTick: 0.15,
  latePerTick: 0.15,
  doublePerTick: 0.05,
  throttledPerCall: 0.04,
  stormsPerHour: 0.15,
  serverErrorPerCall: 0.05,
  expandFailsShare: 0.03,
  partialPerCall: 0.04,
  brokenPerCall: 0.04,
  hangPerCall: 0.02,
  foreignRowPerCall: 0.01,
  tiesPerHour: 0.3,
  latePerChange: 0.2,
  movesPerCall: 0.2,
  foreignLinkPerCall: 0.1,
  stalePerCall: 0.05,
  mergesPerHour: 0.6,
  oddPerChange: 0.2,
  hugePerChange: 0.02,
  oddIdsShare: 0.3,
  storageBeforePerStep: 0.01,
  storageAfterPerWrite: 0.02,
  refusedRowShare: 0.03,
  conflictPerBatch: 0.03,
  frozenPerHour: 0.3,
  cursorPerHour: 0.25,
  rowsGonePerHour: 0.05,
  sideBySidePerTick: 0.05,
  credentialPerHour: 0.25,
  consentPerHour: 0.25,
  unauthorizedPerCall: 0.02,
  oddTokenPerToken: 0.2,
  skewedShare: 0.5,
  configPerHour: 0.2,
};

const present = 0.4;

/** The full mix: every fault there is, in days that differ in size, shape and in what goes wrong. */
export const mixedPlan = (random: RandomSource): DayPlan => {
  const rates = Object.fromEntries(
    Object.entries(usualRates).map(([name, rate]) => {
      const has = random.next() < present;
      const strength = 0.4 + 1.6 * random.next();
      return [name, has ? Math.min(1, (rate as number) * strength) : 0];
    }),
  ) as unknown as Rates;
  const isLong = random.next() < 0.05;
  return {
    tenants: isLong ? 1 : 1 + random.below(3),
    defenderShare: 0.3,
    history: isLong ? 110 + random.below(60) : 4 + random.below(8),
    hours: 2 + random.below(2),
    instances: 1 + random.below(2),
    intervalSeconds: 600 + 60 * random.below(10),
    tickMinutes: [1, 3, 4, 5, 5][random.below(5)] ?? 5,
    rowsAPage: random.next() < 0.5 ? 4 + random.below(8) : undefined,
    changesPerHour: 4 + random.below(6),
    poisonHeals: random.next() < 0.6,
    rates,
  };
};
