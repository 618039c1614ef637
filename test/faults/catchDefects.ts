import type { Defect } from './defects/defect';
import type { Pool } from './pool';

/** How one planted defect fared, and the real code in the same days. */
export interface DefectReport {
  readonly name: string;
  /** Days run with it, and those that showed it. */
  readonly days: number;
  readonly caughtIn: readonly number[];
  /** Chance that one day shows it, and that all of them together miss it. */
  readonly rate: number;
  readonly missedBy: number;
  /** Days of the same kind, with the same seeds, in which the real code broke a promise. */
  readonly falseAlarms: readonly number[];
  readonly errors: readonly string[];
  /** What showed it first. */
  readonly sign: string;
  readonly ok: boolean;
}

/** So many days that show it make it sure: (1 − k/n)ⁿ ≤ e⁻ᵏ, and e⁻⁷ is below 0.1 %. */
const catchesWanted = 7;
const mostDays = 400;

/** Runs each defect in days aimed at it, until it is caught with at least 99.9 % or has hidden for too long. */
export const catchDefects = async <R extends object, P>(
  pool: Pool<R, P>,
  defects: readonly AimedDefect<P>[],
  isShort: boolean,
  faultsOf: (result: R) => readonly string[],
): Promise<readonly DefectReport[]> => {
  const reports: DefectReport[] = [];
  for (const defect of defects) reports.push(await catchOne(pool, defect, isShort, faultsOf));
  return reports;
};

type AimedDefect<P> = Omit<Defect, 'aim'> & { readonly aim: P };

const catchOne = async <R extends object, P>(
  pool: Pool<R, P>,
  { name, aim, shortSeeds }: AimedDefect<P>,
  isShort: boolean,
  faultsOf: (result: R) => readonly string[],
): Promise<DefectReport> => {
  const seeds: number[] = [];
  const caughtIn: number[] = [];
  const errors: string[] = [];
  const falseAlarms: number[] = [];
  let sign = '';
  const queue = [...shortSeeds];
  const nextSeed = (): number | undefined => {
    if (isShort) return queue.shift();
    return caughtIn.length >= catchesWanted || seeds.length >= mostDays || errors.length > 0
      ? undefined
      : seeds.length + 1;
  };
  await pool.run(
    () => {
      const seed = nextSeed();
      if (seed === undefined) return undefined;
      seeds.push(seed);
      return { seed, profile: aim, defect: name };
    },
    (outcome) => {
      if ('error' in outcome) {
        // A day that does not come to an end shows the defect, too; a text that is not found does not.
        if (outcome.error.includes('defect "')) errors.push(outcome.error);
        else caughtIn.push(outcome.seed);
        sign ||= outcome.error.split('\n')[0] ?? '';
        return;
      }
      const [first] = faultsOf(outcome.result);
      if (first === undefined) return;
      caughtIn.push(outcome.seed);
      sign ||= first;
    },
  );
  const again = [...seeds];
  await pool.run(
    () => {
      const seed = again.shift();
      return seed === undefined ? undefined : { seed, profile: aim };
    },
    (outcome) => {
      if ('error' in outcome || faultsOf(outcome.result).length > 0) falseAlarms.push(outcome.seed);
    },
  );
  const rate = seeds.length === 0 ? 0 : caughtIn.length / seeds.length;
  const missedBy = (1 - rate) ** seeds.length;
  const isCaught = isShort ? caughtIn.length > 0 : missedBy <= 0.001;
  return {
    name,
    days: seeds.length,
    caughtIn: caughtIn.sort((a, b) => a - b),
    rate,
    missedBy,
    falseAlarms,
    errors,
    sign,
    ok: isCaught && falseAlarms.length === 0 && errors.length === 0,
  };
};
