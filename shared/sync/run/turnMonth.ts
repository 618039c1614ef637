import type { RunCounts } from '../../model/run';
import { addCounts, noCounts } from '../../model/run';
import type { MonthStart } from '../../model/tenantState';
import type { Time7 } from '../../model/time7';
import type { MonthUsage } from '../../model/usage';

export interface TurnedMonth {
  readonly month: MonthStart;
  /** The month that is over, for its row in the same batch; undefined while it goes on. */
  readonly closed: MonthUsage | undefined;
}

/** `yyyymm` */
export const monthOf = (time: string): string => `${time.slice(0, 4)}${time.slice(5, 7)}`;

/**
 * The month's start for the state row, at a run that began at `serverTime` with the running `totals` as they stood before it: a run
 * belongs to the month in which it begins.
 */
export const turnMonth = (before: MonthStart | undefined, totals: RunCounts, serverTime: Time7): TurnedMonth => {
  const month = monthOf(serverTime);
  if (before === undefined) return { month: { month, totals }, closed: undefined };
  if (month <= before.month) return { month: before, closed: undefined };
  return { month: { month, totals }, closed: { month: before.month, counts: usedSince(before, totals) } };
};

/** What was used since the month began. Totals that began anew, because their row was lost, count from nothing. */
export const usedSince = (start: MonthStart, totals: RunCounts): RunCounts => {
  // Rows of older releases lack counters.
  const [before, now] = [addCounts(start.totals, {}), addCounts(totals, {})];
  const names = Object.keys(noCounts) as readonly (keyof RunCounts)[];
  const used = names.map((name) => [name, Math.max(0, now[name] - before[name])] as const);
  return { ...noCounts, ...Object.fromEntries(used) };
};
