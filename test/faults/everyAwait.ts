import type { Aim } from './day/planOf';
import type { Death } from './day/steps';
import type { Pool } from './pool';
import { faultsOf } from './total';

/** Every call of a port in one small day, and the process killed there: before it, with it under way, and after its effect. */
export interface EveryAwait {
  readonly steps: number;
  readonly deaths: number;
  readonly failed: readonly { readonly step: number; readonly how: Death; readonly what: readonly string[] }[];
}

/** One tenant, a few polls: a first reading in pages, changes, ties, merges, gaps, quarantine, a row that storage refuses. */
const smallDay: Aim = {
  rates: { expandFailsShare: 0.1, partialPerCall: 0.1, refusedRowShare: 0.06, tiesPerHour: 1.5, mergesPerHour: 1.5 },
  day: {
    tenants: 1,
    history: 9,
    hours: 0.8,
    intervalSeconds: 900,
    tickMinutes: 15,
    rowsAPage: 5,
    changesPerHour: 14,
    poisonHeals: true,
  },
};
const seed = 3;
const hows = ['before', 'underway', 'after'] as const;

export const killEveryAwait = async (pool: Pool): Promise<EveryAwait> => {
  let steps = 0;
  const first = [{ seed, profile: smallDay }];
  await pool.run(
    () => first.shift(),
    (outcome) => {
      if (outcome.result === undefined) throw new Error(outcome.error);
      const what = faultsOf(outcome.result);
      if (what.length > 0) throw new Error(`the day fails though nobody is killed: ${what.join('; ')}`);
      steps = outcome.result.steps;
    },
  );
  const deaths = hows.flatMap((how) => Array.from({ length: steps }, (_, at) => ({ step: at + 1, how })));
  const left = [...deaths];
  const failed: { step: number; how: Death; what: readonly string[] }[] = [];
  await pool.run(
    () => {
      const dieAt = left.shift();
      return dieAt && { seed, profile: smallDay, dieAt };
    },
    (outcome, { dieAt }) => {
      const what = outcome.result === undefined ? [outcome.error] : faultsOf(outcome.result);
      if (what.length > 0 && dieAt !== undefined) failed.push({ ...dieAt, what });
    },
  );
  return { steps, deaths: deaths.length, failed };
};
