import type { Aim } from './day/planOf';
import type { Pool } from './pool';
import type { Total } from './total';
import { addDay } from './total';

/** How long fresh incidents wait while a first reading of a long history goes on within its budget. */
export interface FreshDelay {
  readonly history: number;
  readonly versions: number;
  readonly p95Periods: number;
  readonly worstPeriods: number;
  readonly errors: readonly string[];
}

const intervalSeconds = 600;
const history = 700;
const longHistory: Aim = {
  rates: {},
  // So few rows a page that one run's calls are used up long before the history is read.
  day: { tenants: 2, history, rowsAPage: 4, hours: 1, tickMinutes: 5, changesPerHour: 30, intervalSeconds },
};

/** A version may just have missed a poll, and its poll may come a tick late. */
export const mostPeriods = 2;

export const measureFreshDelay = async (pool: Pool, total: Total): Promise<FreshDelay> => {
  const jobs = [{ seed: 1, profile: longHistory, withDelays: true }];
  const errors: string[] = [];
  let delays: readonly number[] = [];
  await pool.run(
    () => jobs.shift(),
    (outcome) => {
      if (outcome.result === undefined) return void errors.push(outcome.error);
      addDay(total, outcome.result);
      const { delays: found, firstReadAtMs } = outcome.result;
      delays = Object.entries(found)
        .filter(([version]) => Number(version.split(' ')[1]) > firstReadAtMs)
        .map(([, ms]) => ms / (intervalSeconds * 1000))
        .sort((a, b) => a - b);
    },
  );
  return {
    history,
    versions: delays.length,
    p95Periods: delays[Math.floor(delays.length * 0.95)] ?? 0,
    worstPeriods: delays.at(-1) ?? 0,
    errors,
  };
};

export const isFresh = ({ errors, versions, worstPeriods }: FreshDelay): boolean =>
  errors.length === 0 && versions > 0 && worstPeriods <= mostPeriods;
