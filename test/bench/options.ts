import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly rounds: number;
  /** Small numbers, to see that everything runs: ratios are shown and not judged. */
  readonly quick: boolean;
  /** Incidents of the one large tenant. */
  readonly incidents: number;
  /** Incidents of a tenant whose first reading is to take no more memory. */
  readonly manyIncidents: number;
  /** Pages of the backlog that is read against a cloud that counts every call. */
  readonly backlogPages: number;
  /** Tenants of one process without anything around it. */
  readonly processTenants: number;
  /** Tenants of one page each. */
  readonly tenants: number;
  /** Tenants that are read one after another, to know what all of them would take. */
  readonly sample: number;
  /** Children of the orchestration whose replays are timed. */
  readonly children: number;
  /** Processor profiles of reader and host go here. */
  readonly profileFolder: string | undefined;
}

/** @throws RangeError · TypeError (an option that is unknown) */
export const parseOptions = (args: readonly string[]): BenchOptions => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  const { quick, profile } = values;
  const rounds = values.rounds ?? (quick ? '1' : '3');
  if (!/^[1-9]\d?$/.test(rounds)) throw new RangeError(`--rounds must be a whole number from 1 to 99, not ${rounds}`);
  const size = quick
    ? { incidents: 300, manyIncidents: 600, backlogPages: 100, processTenants: 300 }
    : { incidents: 2_000, manyIncidents: 10_000, backlogPages: 100, processTenants: 10_000 };
  const run = quick ? { tenants: 100, sample: 5, children: 50 } : { tenants: 1_000, sample: 30, children: 200 };
  return { rounds: Number(rounds), quick, profileFolder: profile, ...size, ...run };
};

/** Node's own options for a process that is to be profiled. */
export const profiling = ({ profileFolder }: BenchOptions): readonly string[] =>
  profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
