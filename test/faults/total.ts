import type { DayResult } from './day/runDay';

/** Many days together. */
export interface Total {
  days: number;
  versions: number;
  incidents: number;
  tenantDays: number;
  runs: number;
  commits: number;
  calls: number;
  faults: Record<number, number>;
  lost: number;
  breaches: number;
  overclaims: number;
  regressions: number;
  foreignRows: number;
  foreignCalls: number;
  insideWait: number;
  unawareCalls: number;
  waits: number;
  untoldWaits: number;
  overLimit: number;
  events: number;
  eventFaults: number;
  stalledTenants: number;
  hungRuns: number;
  quarantined: number;
  heldBack: number;
  /** Days by poll periods until nothing was missing. */
  catchUp: Record<number, number>;
  healed: Record<number, number>;
}

export const newTotal = (): Total => ({
  days: 0,
  versions: 0,
  incidents: 0,
  tenantDays: 0,
  runs: 0,
  commits: 0,
  calls: 0,
  faults: {},
  lost: 0,
  breaches: 0,
  overclaims: 0,
  regressions: 0,
  foreignRows: 0,
  foreignCalls: 0,
  insideWait: 0,
  unawareCalls: 0,
  waits: 0,
  untoldWaits: 0,
  overLimit: 0,
  events: 0,
  eventFaults: 0,
  stalledTenants: 0,
  hungRuns: 0,
  quarantined: 0,
  heldBack: 0,
  catchUp: {},
  healed: {},
});

const count = (counts: Record<number, number>, key: number, by = 1): void => {
  counts[key] = (counts[key] ?? 0) + by;
};

export const addDay = (total: Total, day: DayResult): void => {
  total.days += 1;
  total.versions += day.versions;
  total.incidents += day.incidents;
  total.tenantDays += day.tenants;
  total.runs += day.runs;
  total.commits += day.commits;
  total.calls += day.calls;
  total.lost += day.lost.length;
  total.breaches += day.breaches.length;
  total.overclaims += day.overclaims;
  total.regressions += day.regressions;
  total.foreignRows += day.foreignRows;
  total.foreignCalls += day.foreignCalls;
  total.insideWait += day.insideWait;
  total.unawareCalls += day.unawareCalls;
  total.waits += day.waits;
  total.untoldWaits += day.untoldWaits;
  total.overLimit += day.overLimit;
  total.events += day.events;
  total.eventFaults += day.eventFaults;
  total.stalledTenants += day.stalledTenants;
  total.hungRuns += day.hungRuns;
  total.quarantined += day.quarantined;
  total.heldBack += day.heldBack;
  for (const [kind, hits] of Object.entries(day.faults)) count(total.faults, Number(kind), hits);
  count(total.catchUp, day.catchUpPeriods);
  count(total.healed, day.healedPeriods);
};

/** The most poll periods a relay may take to catch up. */
export const longestCatchUp = 2;

/** What a day did that no day may do, in words; empty: it is clean. */
export const faultsOf = (day: DayResult): readonly string[] => {
  const counted = (count: number, words: string): readonly string[] => (count === 0 ? [] : [`${count} ${words}`]);
  const isLate = day.catchUpPeriods < 0 || day.catchUpPeriods > longestCatchUp;
  return [
    ...day.lost.map((what) => `lost: ${what}`),
    ...day.breaches.map((what) => `broken promise: ${what}`),
    ...counted(day.foreignCalls, 'calls abroad or with another tenant’s token'),
    ...counted(day.insideWait, 'calls inside a forbidden wait'),
    ...counted(day.untoldWaits, 'waits that other instances were not told of'),
    ...counted(day.overLimit, 'calls over the limit'),
    ...counted(day.hungRuns, 'activities that never ended'),
    ...(isLate && day.lost.length === 0 ? [`caught up only after ${day.catchUpPeriods} poll periods`] : []),
  ];
};
