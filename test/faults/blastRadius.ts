import type { Aim } from './day/planOf';
import type { DayResult } from './day/runDay';
import type { Pool } from './pool';
import type { Total } from './total';
import { addDay } from './total';

/** What one sick tenant costs the others: the same day twice, once with it well and once with it sick. */
export interface BlastRadius {
  readonly tenants: number;
  /** Versions of the tenants that were well in both days. */
  readonly versions: number;
  /** Added delay, milliseconds, and as a share of a poll period. */
  readonly p95Ms: number;
  readonly worstMs: number;
  readonly p95OfPeriod: number;
  /** Versions a whole period later than in the day without. */
  readonly missedPeriods: number;
  /** Calls the sick tenant answered badly. */
  readonly sickCalls: number;
  readonly errors: readonly string[];
}

const intervalSeconds = 600;
const manyTenants: Aim = {
  rates: {},
  day: { tenants: 50, defenderShare: 0.3, history: 2, hours: 2, tickMinutes: 1, changesPerHour: 3, intervalSeconds },
};

export const mostOfPeriod = 0.1;

/** The days count into `total`, too. */
export const measureBlastRadius = async (pool: Pool, pairs: number, total: Total): Promise<BlastRadius> => {
  const jobs = Array.from({ length: pairs }, (_, at) => at + 1).flatMap((seed) =>
    [false, true].map((isOneSick) => ({ seed, profile: manyTenants, isOneSick, withDelays: true })),
  );
  const well = new Map<number, DayResult>();
  const sick = new Map<number, DayResult>();
  const errors: string[] = [];
  await pool.run(
    () => jobs.shift(),
    (outcome, { isOneSick = false }) => {
      if (outcome.result === undefined) return void errors.push(outcome.error);
      (isOneSick ? sick : well).set(outcome.seed, outcome.result);
      addDay(total, outcome.result);
    },
  );
  const added = [...sick].flatMap(([seed, { delays }]) => {
    const before = well.get(seed)?.delays ?? {};
    return Object.entries(delays).flatMap(([version, ms]) => {
      const without = before[version];
      return without === undefined ? [] : [ms - without];
    });
  });
  added.sort((a, b) => a - b);
  const p95Ms = added[Math.floor(added.length * 0.95)] ?? 0;
  return {
    tenants: manyTenants.day?.tenants ?? 0,
    versions: added.length,
    p95Ms,
    worstMs: added.at(-1) ?? 0,
    p95OfPeriod: p95Ms / (intervalSeconds * 1000),
    missedPeriods: added.filter((ms) => ms >= intervalSeconds * 1000).length,
    sickCalls: [...sick.values()].reduce((sum, { faults }) => sum + (faults[40] ?? 0), 0),
    errors,
  };
};

export const isContained = (blast: BlastRadius): boolean =>
  blast.errors.length === 0 && blast.versions > 0 && blast.p95OfPeriod <= mostOfPeriod && blast.missedPeriods === 0;
