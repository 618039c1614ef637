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
  /** Others that came while a poll was under way: whether it still showed them is chance, in both days, and says nothing of the sick one. */
  readonly duringPoll: number;
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
const tickMinutes = 1;
const manyTenants: Aim = {
  rates: {},
  day: { tenants: 50, defenderShare: 0.3, history: 2, hours: 2, tickMinutes, changesPerHour: 3, intervalSeconds },
};
/** A poll among so many is over by then. */
const longestPollMs = 2_000;

/** One that the poll under way still showed: in the other day it may just not have, and then the next one does, a whole period later. */
const wasCaught = (visibleAtMs: number, ms: number): boolean => {
  const sinceTickMs = visibleAtMs % (tickMinutes * 60_000);
  // What is there at the tick itself, as all history is, was there before its poll.
  return sinceTickMs > 0 && sinceTickMs < longestPollMs && ms < longestPollMs;
};

/** By how many milliseconds each version came later, and how many are left out. */
const addedDelays = (
  without: DayResult['delays'],
  delays: DayResult['delays'],
): { readonly added: readonly number[]; readonly duringPoll: number } => {
  const both = Object.entries(delays).flatMap(([version, ms]) => {
    const before = without[version];
    return before === undefined ? [] : [{ visibleAtMs: Number(version.split(' ')[1]), before, ms }];
  });
  const judged = both.filter(({ visibleAtMs, before, ms }) => !wasCaught(visibleAtMs, Math.min(before, ms)));
  return { added: judged.map(({ before, ms }) => ms - before), duringPoll: both.length - judged.length };
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
  const pairsRun = [...sick].map(([seed, { delays }]) => addedDelays(well.get(seed)?.delays ?? {}, delays));
  const added = pairsRun.flatMap((pair) => pair.added).sort((a, b) => a - b);
  const p95Ms = added[Math.floor(added.length * 0.95)] ?? 0;
  return {
    tenants: manyTenants.day?.tenants ?? 0,
    versions: added.length,
    duringPoll: pairsRun.reduce((sum, { duringPoll }) => sum + duringPoll, 0),
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
