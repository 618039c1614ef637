import { batchLimit } from './batchCounts';
import type { Goal, Pair } from './goals';
import { countGoal, median, milliseconds, ratio, ratioGoal, seconds } from './goals';
import type { ManyTenants, SideBySide, Situation } from './manyTenants';
import { incidentsPerTenant, situations } from './manyTenants';
import type { OneTenantRound } from './oneTenant';
import type { BenchOptions } from './options';

export const count = (value: number): string => value.toLocaleString('en');

export const oneTenantLine = ({ pull, baseline, reread }: OneTenantRound): string =>
  `  ours ${timed(pull)}   plain ${timed(baseline)}   ours again ${timed(reread)}`;

const timed = ({ ms, cpuMs }: { readonly ms: number; readonly cpuMs: number }): string =>
  `${seconds(ms)} (processor ${seconds(cpuMs)})`;

const words: Readonly<Record<Situation, string>> = {
  first: 'first reading',
  known: 'shown again',
  turn: 'regular turn',
};

export const manyTenantsLine = ({ situation, oneByOneMs, run, processorMs }: SideBySide): string => {
  const { host, cloud, storage, proxies } = processorMs;
  const used = `host ${seconds(host)}, cloud ${seconds(cloud)}, storage ${seconds(storage)}, delays ${seconds(proxies)}`;
  return `  ${words[situation].padEnd(13)}  one by one ${seconds(oneByOneMs)}   ours ${seconds(run.ms)}   processor: ${used}`;
};

/** Small numbers have ratios of their own; what is counted is exact at any size. */
const judged = ({ quick }: BenchOptions, name: string, pairs: readonly Pair[], atLeast: number): Goal =>
  quick ? ratio(name, pairs) : ratioGoal(name, pairs, atLeast);

export const oneTenantGoals = (rounds: readonly OneTenantRound[], options: BenchOptions): readonly Goal[] => {
  const pairs = (ours: 'pull' | 'reread'): readonly Pair[] =>
    rounds.map((round) => ({ oursMs: round[ours].ms, otherMs: round.baseline.ms }));
  const incidents = count(options.incidents);
  const batches = Math.max(...rounds.map((round) => round.batches));
  return [
    judged(options, `pull and store ${incidents} incidents`, pairs('pull'), 3),
    judged(options, `read ${incidents} unchanged incidents again`, pairs('reread'), 3),
    countGoal(`batches for ${incidents} new incidents`, batches, batchLimit(options.incidents)),
  ];
};

export const manyTenantsGoals = ({ measured, batches }: ManyTenants, options: BenchOptions): readonly Goal[] => {
  const pairs = (situation: Situation): readonly Pair[] =>
    of(measured, situation).map(({ run, oneByOneMs }) => ({ oursMs: run.ms, otherMs: oneByOneMs }));
  const most = (...names: readonly string[]): number =>
    Math.max(
      ...measured.map(({ run: { activities } }) => names.reduce((sum, name) => sum + (activities[name] ?? 0), 0)),
    );
  const above = batches.filter((each) => each.batches > batchLimit(each.changed));
  const all = `${count(options.tenants)} tenants`;
  return [
    judged(options, `${all} at a regular turn`, pairs('turn'), 40),
    judged(options, `${all}, ${incidentsPerTenant} incidents each shown again`, pairs('known'), 40),
    // Once in a tenant's life, and bound by the processor of this machine, stand-ins included: told without a goal.
    ratio(`${all}, first reading of ${incidentsPerTenant} each`, pairs('first')),
    countGoal('syncShard activities a run', most('syncShard'), Math.ceil(options.tenants / 50)),
    countGoal('other activities a run', most('planShards', 'closeRun'), 2),
    countGoal(`of ${count(batches.length)} tenants, above their batches`, above.length, 0),
  ];
};

/** Measured, and without a goal. */
export const observations = ({ measured, replay }: ManyTenants): readonly string[] => {
  const stalls = situations.map((situation) => {
    const longest = median(of(measured, situation).map(({ run }) => run.longestStallMs));
    return `${words[situation]} ${milliseconds(longest)}`;
  });
  const { shards, episodes, totalReplayMs, longestReplayMs, largestHistoryBytes } = replay;
  const replays = `${episodes} in ${milliseconds(totalReplayMs)}, the longest ${milliseconds(longestReplayMs)}`;
  const worked = situations.map((situation) => {
    const all = median(
      of(measured, situation).map(
        ({ processorMs: { host, cloud, storage, proxies } }) => host + cloud + storage + proxies,
      ),
    );
    const own = median(of(measured, situation).map(({ processorMs: { host } }) => host));
    return `${words[situation]} ${seconds(all)}, ours ${seconds(own)} of them`;
  });
  return [
    `processor time: ${worked.join('; ')}`,
    `longest event-loop stall of the host, median: ${stalls.join(', ')}`,
    `replays with ${shards} children: ${replays}, history ${Math.round(largestHistoryBytes / 1024)} KB`,
  ];
};

const of = (measured: readonly SideBySide[], situation: Situation): readonly SideBySide[] =>
  measured.filter((each) => each.situation === situation);
