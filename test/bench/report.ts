import type { BackEnd } from '../../shared/model/tenant';
import { batchLimit } from './batchCounts';
import type { Allowance } from './allowance';
import type { CallCount } from './callCounts';
import { callLimit } from './callCounts';
import type { Goal, Pair } from './goals';
import {
  atLeastGoal,
  atMostGoal,
  countGoal,
  growthGoal,
  median,
  milliseconds,
  ratio,
  ratioGoal,
  seconds,
} from './goals';
import type { FirstPage, FirstPages } from './incidentList';
import { listedTenants } from './incidentList';
import type { ManyTenants, SideBySide, Situation } from './manyTenants';
import { incidentsPerTenant, situations } from './manyTenants';
import type { OneTenantRound } from './oneTenant';
import type { MemoryRound } from './memory';
import type { OneProcessRound } from './oneProcess';
import { fewTenants } from './oneProcess';
import type { BenchOptions } from './options';
import type { LargeReading, Measured } from './reader';
import type { Turn } from './turnProcess';

export const count = (value: number): string => value.toLocaleString('en');

export const oneTenantLines = ({ baseline, ...contests }: OneTenantRound): readonly string[] => [
  ...backEnds.map((backend) => {
    const { pull, reread, client, ideal } = contests[backend];
    const others = `graph-client ${seconds(client.ms)}   ideal reader ${seconds(ideal.ms)}`;
    return `  ${backend.padEnd(8)}   ours ${timed(pull)}   ours again ${timed(reread)}   ${others}`;
  }),
  `  row at a time, graph ${timed(baseline)}`,
];

const backEnds = ['graph', 'defender'] as const;

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

/** On Graph pages are half as big, and so is what reading them side by side can win over a reader of the same pages. */
const clientGoals: Readonly<Record<BackEnd, number>> = { graph: 3, defender: 5 };

export const oneTenantGoals = (rounds: readonly OneTenantRound[], options: BenchOptions): readonly Goal[] =>
  backEnds.flatMap((backend) => {
    const pairs = (ours: 'pull' | 'reread', other: (round: OneTenantRound) => Measured): readonly Pair[] =>
      rounds.map((round) => ({ oursMs: round[backend][ours].ms, otherMs: other(round).ms }));
    const name = `${backend}, ${count(options.incidents)}`;
    const first = (other: (round: OneTenantRound) => Measured) => pairs('pull', other);
    const rowAtATime = ({ baseline }: OneTenantRound): Measured => baseline;
    const batches = Math.max(...rounds.map((round) => round[backend].batches));
    return [
      judged(
        options,
        `${name} stored / graph-client, fetch only`,
        first((round) => round[backend].client),
        clientGoals[backend],
      ),
      judged(
        options,
        `${name} stored / ideal sequential reader, fetch only`,
        first((round) => round[backend].ideal),
        2.5,
      ),
      judged(options, `${name} stored / row at a time`, first(rowAtATime), 18),
      judged(options, `${name} found unchanged / row at a time`, pairs('reread', rowAtATime), 22),
      countGoal(`${name} stored, batches`, batches, batchLimit(options.incidents)),
      countGoal(`${name} stored, runs`, Math.max(...rounds.map((round) => round[backend].runs)), 1),
    ];
  });

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

export const firstPagesLine = ({ few, many }: FirstPages): string => `  few ${costly(few)}   many ${costly(many)}`;

const costly = ({ ms, operations, rows }: FirstPage): string =>
  `${milliseconds(ms)} (${count(operations)} operations, ${count(rows)} rows)`;

export const firstPagesGoals = (rounds: readonly FirstPages[], { tenants, quick }: BenchOptions): readonly Goal[] => {
  const name = `first page over ${count(tenants)} tenants against ${listedTenants}`;
  const pairs = (part: keyof FirstPage) => rounds.map(({ few, many }) => ({ large: many[part], small: few[part] }));
  return [
    growthGoal(name, pairs('ms'), milliseconds, quick ? undefined : 2),
    growthGoal(`${name}, storage operations`, pairs('operations'), count, 2),
    growthGoal(`${name}, rows read`, pairs('rows'), count, 2),
  ];
};

export const callCountGoals = (counts: readonly CallCount[]): readonly Goal[] =>
  counts.map((counted) => {
    const { backend, incidents, calls, slices, runs } = counted;
    const within = backend === 'graph' ? ` in ${count(slices)} slices` : runs > 1 ? ` in ${runs} runs` : '';
    return countGoal(`${backend}, ${count(incidents)} stored${within}, calls`, calls, callLimit(counted));
  });

export const allowanceLine = ({ pages, callsByMinute, mostInMinute, mostInHour }: Allowance): string =>
  `  ${count(pages)} pages, calls by minute: ${callsByMinute.join(' ')}; most in a minute ${mostInMinute}, in an hour ${count(mostInHour)}`;

export const allowanceGoals = ({ pages, refused, used }: Allowance): readonly Goal[] => [
  countGoal(`backlog of ${count(pages)} pages on defender, answers 429`, refused, 0),
  atLeastGoal(`backlog of ${count(pages)} pages on defender, used of the reads' share`, used * 100, 95, percent),
];

const percent = (value: number): string => `${value.toFixed(1)} %`;

export const memoryLine = ({ small, large }: MemoryRound): string => `  small ${held(small)}   large ${held(large)}`;

const held = ({ runs, ms, peakBytes }: LargeReading): string =>
  `${megabytes(peakBytes)} (${count(runs)} runs, ${seconds(ms)})`;

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

export const memoryGoals = (
  rounds: readonly MemoryRound[],
  { incidents, manyIncidents, quick }: BenchOptions,
): readonly Goal[] => {
  const pairs = rounds.map(({ small, large }) => ({ large: large.peakBytes, small: small.peakBytes }));
  const name = `peak memory, ${count(manyIncidents)} incidents of a tenant against ${count(incidents)}`;
  return [growthGoal(name, pairs, megabytes, quick ? undefined : 1.25)];
};

export const oneProcessLines = ({ quiet, busy, tokenOfAll, tokenOfFew }: OneProcessRound): readonly string[] => [
  `  nothing new   ${turned(quiet)}`,
  `  one new each  ${turned(busy)}`,
  `  a token in memory ${microseconds(tokenOfAll)}, of ${fewTenants} tenants ${microseconds(tokenOfFew)}`,
];

const turned = ({ ms, cpuMs, complete, longestStallMs, peakBytes }: Turn): string =>
  `${seconds(ms)}, processor ${(cpuMs / complete).toFixed(2)} ms a tenant, longest stall ${milliseconds(longestStallMs)}, peak memory ${megabytes(peakBytes)}`;

const microseconds = (value: number): string => `${value.toFixed(2)} µs`;

export const oneProcessGoals = (
  rounds: readonly OneProcessRound[],
  { processTenants, quick }: BenchOptions,
): readonly Goal[] => {
  const all = `${count(processTenants)} tenants in one process`;
  const turns = rounds.flatMap(({ quiet, busy }) => [quiet, busy]);
  const most = (of: (turn: Turn) => number, among = turns): number => Math.max(...among.map(of));
  const stall = (of: 'quiet' | 'busy'): number => median(rounds.map((round) => round[of].longestStallMs));
  const tokens = rounds.map(({ tokenOfAll, tokenOfFew }) => ({ large: tokenOfAll, small: tokenOfFew }));
  const quiet = rounds.map((round) => round.quiet);
  return [
    atMostGoal(`${all}, nothing new, longest stall`, stall('quiet'), quick ? undefined : 110, milliseconds),
    atMostGoal(`${all}, one new each, longest stall`, stall('busy'), quick ? undefined : 110, milliseconds),
    countGoal(
      `${all}, syncShard activities`,
      most(({ shards }) => shards),
      200,
    ),
    countGoal(
      `${all}, bytes of the largest result`,
      most(({ largestResultBytes }) => largestResultBytes),
      200,
    ),
    countGoal(
      `${all}, nothing new, writes beyond the state row`,
      most(({ writes, stateWrites }) => writes - stateWrites, quiet),
      0,
    ),
    countGoal(
      `${all}, nothing new, writes of state rows`,
      most(({ stateWrites }) => stateWrites, quiet),
      processTenants,
    ),
    countGoal(
      `${all}, log lines beyond one a shard`,
      most(({ logLines, shards }) => logLines - shards),
      0,
    ),
    growthGoal(`${all}, a token in memory against ${fewTenants}`, tokens, microseconds, quick ? undefined : 1.5),
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
