import { faultKinds, notHere } from './day/faultKinds';
import type { DefectReport } from './catchDefects';
import type { BlastRadius } from './blastRadius';
import { mostOfPeriod } from './blastRadius';
import type { EveryAwait } from './everyAwait';
import type { FreshDelay } from './freshDelay';
import { mostPeriods } from './freshDelay';
import type { Report } from './report';
import { longestCatchUp } from './total';

export const grouped = (n: number): string => n.toString().replace(/\B(?=(\d{3})+$)/g, ' ');

/** A zero says nothing without how often it could have been one more. */
export const ofMany = (count: number, n: number): string =>
  count === 0
    ? `0 of ${grouped(n)} (≤ ${(3 / Math.max(1, n)).toExponential(1)} at 95 %)`
    : `${grouped(count)} of ${grouped(n)}`;

const sum = (counts: Readonly<Record<number, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);

/** The share of days that needed at most so many periods, and the most any needed. */
const spread = (counts: Readonly<Record<number, number>>): { readonly most: number; readonly mean: number } => {
  const entries = Object.entries(counts).map(([periods, days]) => [Number(periods), days] as const);
  const days = entries.reduce((all, [, own]) => all + own, 0);
  return {
    most: Math.max(0, ...entries.map(([periods]) => periods)),
    mean: entries.reduce((all, [periods, own]) => all + periods * own, 0) / Math.max(1, days),
  };
};

export const defectLine = ({
  name,
  days,
  caughtIn,
  rate,
  missedBy,
  falseAlarms,
  errors,
  ok,
  sign,
}: DefectReport): string =>
  [
    `  ${ok ? 'caught' : 'NOT OK'}  ${name.padEnd(28)}`,
    `${caughtIn.length} of ${days} days`.padEnd(18),
    `p = ${rate.toFixed(3)}, missed by chance ${missedBy < 1e-9 ? '< 1e-9' : missedBy.toExponential(1)}`,
    ...(falseAlarms.length > 0
      ? [`; the real code fails in the same days: ${falseAlarms.slice(0, 5).join(', ')}`]
      : []),
    ...(errors.length > 0 ? [`; ${errors[0]?.split('\n')[0] ?? ''}`] : []),
    ...(ok ? [] : [`; ${sign.slice(0, 200)}`]),
  ].join(' ');

const blastLines = (blast: BlastRadius | undefined): readonly string[] => {
  if (blast === undefined) return [];
  const share = `${(blast.p95OfPeriod * 100).toFixed(2)} % of a period (goal ≤ ${mostOfPeriod * 100} %)`;
  return [
    ` 3  added delay of the well, 1 of ${blast.tenants} sick      p95 ${(blast.p95Ms / 1000).toFixed(2)} s, ${share}, worst ${(blast.worstMs / 1000).toFixed(2)} s`,
    `    periods missed by the well               ${ofMany(blast.missedPeriods, blast.versions)}; ${blast.duringPoll} left out that came during a poll`,
    ...blast.errors.slice(0, 2).map((error) => `      ${error.slice(0, 200)}`),
  ];
};

const freshLines = (fresh: FreshDelay | undefined): readonly string[] => {
  if (fresh === undefined) return [];
  const { history, versions, p95Periods, worstPeriods, errors } = fresh;
  return [
    `    fresh incidents beside a first reading   p95 ${p95Periods.toFixed(2)} periods, worst ${worstPeriods.toFixed(2)} (goal ≤ ${mostPeriods}) of ${versions}, history of ${history}`,
    ...errors.slice(0, 2).map((error) => `      ${error.slice(0, 200)}`),
  ];
};

const everyAwaitLines = (every: EveryAwait | undefined): readonly string[] => {
  if (every === undefined) return [];
  const worst = every.failed
    .slice(0, 3)
    .map(({ step, how, what }) => `      ${how} call ${step}: ${(what[0] ?? '').slice(0, 200)}`);
  const all = `${every.steps} calls of ports in one day, killed before, during and after each`;
  return [
    `    every await killed once: days that lost  ${ofMany(every.failed.length, every.deaths)} (${all})`,
    ...worst,
  ];
};

/** The scoreboard lines that fault runs can fill, in the words of the scoreboard. */
export const board = (report: Report): string => {
  const { total, defects, failedDays } = report;
  const faults = sum(total.faults);
  const catchUp = spread(total.catchUp);
  const healed = spread(total.healed);
  const isVoid = defects.some(({ ok }) => !ok);
  const lines = [
    `Fault runs: ${grouped(total.days)} days, seeds ${report.seeds.join('–')}, commit ${report.commit}, ${report.seconds} s on ${report.processors} processors, node ${report.node}`,
    ...(report.isOneCode ? [] : ['VOID: sources changed while it ran, so its parts are of different code.']),
    `Layer 1: the real code in process, virtual clock, in-memory ports. ${grouped(total.versions)} incident versions of ${grouped(total.incidents)} incidents, ${grouped(total.runs)} runs, ${grouped(total.commits)} commits of a state, each checked; ${grouped(faults)} faults`,
    '',
    ` 1  incident versions lost or stale          ${ofMany(total.lost, total.versions)}${isVoid ? '  VOID: see the defects' : ''}`,
    `    states that claimed too much             ${ofMany(total.overclaims, total.commits)}`,
    `    older version over a newer one           ${ofMany(total.regressions, total.versions)}`,
    `    other broken promises                    ${ofMany(total.breaches - total.overclaims - total.regressions - total.foreignRows - total.eventFaults, total.versions)}`,
    `    poisoned, told by quarantine or gap      ${grouped(total.quarantined)}; of the very instant of one ${grouped(total.heldBack)}`,
    ...everyAwaitLines(report.everyAwait),
    ` 2  catch-up after the faults, poll periods  mean ${catchUp.mean.toFixed(2)}, most ${catchUp.most} (goal ≤ ${longestCatchUp}); with what waits for its next try ${healed.mean.toFixed(2)}, most ${healed.most}`,
    `    stalled tenants · hung activities        ${ofMany(total.stalledTenants, total.tenantDays)} · ${total.hungRuns}`,
    ...blastLines(report.blast),
    ...freshLines(report.fresh),
    ` 4  events wrong, missing or with a new id   ${ofMany(total.eventFaults, total.events)} (written, not delivered)`,
    ` 8  rows and calls across tenants            ${ofMany(total.foreignRows, total.commits)} rows, ${ofMany(total.foreignCalls, total.calls)} calls`,
    `12  calls inside a forbidden wait            ${ofMany(total.insideWait, total.calls)}`,
    `    waits other instances were not told of   ${ofMany(total.untoldWaits, total.waits)}; calls of theirs that could not know yet ${grouped(total.unawareCalls)}`,
    `    calls over the limit                     ${ofMany(total.overLimit, total.calls)}`,
    '',
    'How often each fault hit (numbers of the fault model):',
    ...Object.entries(faultKinds).map(
      ([kind, words]) => `  ${kind.padStart(2)}  ${grouped(total.faults[Number(kind)] ?? 0).padStart(8)}  ${words}`,
    ),
    ...Object.entries(notHere).map(([kind, words]) => `  ${kind.padStart(2)}  not here  ${words}`),
    ...(defects.length === 0
      ? []
      : ['', 'Planted defects, each in days aimed at it, and the real code in the same days:']),
    ...defects.map(defectLine),
    '',
    failedDays === 0 ? 'No day broke a promise.' : `${grouped(failedDays)} days broke a promise:`,
    ...report.failed.flatMap(({ seed, what }) => [
      `  seed ${seed}: ${(what[0] ?? '').slice(0, 300)}${what.length > 1 ? ` (and ${what.length - 1} more)` : ''}`,
      `    npm run faults -- --seed ${seed}`,
    ]),
  ];
  return lines.join('\n');
};
