import type { CoverageWindow, HeldUp } from '../../model/coverage';
import { emptyWindow } from '../../model/coverage';
import type { RunCounts } from '../../model/run';
import type { Time7 } from '../../model/time7';
import { beginning } from '../../model/time7';
import { lengthMs } from './span';

export interface PassFacts {
  /** `readThrough` before this run; undefined before the first complete pass, or where the cursor was lost. */
  readonly from: Time7 | undefined;
  /** `readThrough` after it; undefined (or the same) where no pass was completed: then only counters are added. */
  readonly to: Time7 | undefined;
  readonly counts: Pick<RunCounts, 'calls' | 'listed' | 'new' | 'changed'>;
  /** @see toleratedDelayMs */
  readonly toleratedMs: number;
  /** Why reading stood still, if it did (`heldUpBy` of what the rows said before); default: the app did not run. */
  readonly heldUpBy: string | undefined;
}

export interface AdvancedCoverage {
  /** For the state row. */
  readonly open: CoverageWindow;
  /** Each becomes a row of the ledger in the very batch that writes `open`; oldest first, mostly none. */
  readonly closed: readonly CoverageWindow[];
}

/**
 * The ledger after a run. The newest window lives in the state row, which every run writes anyway, and is closed into a row of its own
 * only when an hour (UTC) is over in which something changed, at the end of a day, and around a stretch that was not read in time: so a
 * quiet tenant costs one row a day.
 */
export const advanceCoverage = (before: CoverageWindow | undefined, facts: PassFacts): AdvancedCoverage => {
  const { from, to, counts } = facts;
  const open = before ?? emptyWindow(beginning);
  if (to === undefined || to <= open.to || to === from) return { open: withCounts(open, counts), closed: [] };
  // All there is was read at once. A `readThrough` that is older than the ledger says as much: all before it is read, or lies in a gap.
  if (open.to === beginning) return firstReading(open, facts, to);
  if (lengthMs({ from: open.to, to }) > facts.toleratedMs) return heldUp(open, facts, to);
  if (!isOver(open, to)) return { open: withPass(open, to, counts), closed: [] };
  return { open: withPass(emptyWindow(open.to), to, counts), closed: [open] };
};

/** The first reading keeps a window of its own: what it could see of the past is another matter than what was seen as it came. */
const firstReading = (open: CoverageWindow, facts: PassFacts, to: Time7): AdvancedCoverage => {
  if (facts.from === undefined) return { open: emptyWindow(to), closed: [withPass(open, to, facts.counts)] };
  const next = advanceCoverage(emptyWindow(facts.from), facts);
  return { open: next.open, closed: [{ ...open, to: facts.from }, ...next.closed] };
};

const heldUp = (open: CoverageWindow, { counts, ...facts }: PassFacts, to: Time7): AdvancedCoverage => {
  const reason = facts.heldUpBy ?? 'the app did not run';
  const stretch: HeldUp = {
    from: open.to,
    to,
    reason,
    listed: counts.listed,
    new: counts.new,
    changed: counts.changed,
  };
  const late = { ...withPass(emptyWindow(open.to), to, counts), heldUp: [stretch] };
  // A window without length is no stretch of time: what it holds goes on in the next.
  if (open.from === open.to) return { open: { ...open, from: to, to }, closed: [late] };
  return { open: emptyWindow(to), closed: [open, late] };
};

const isOver = (open: CoverageWindow, to: Time7): boolean => {
  if (open.from === open.to) return false;
  if (dayOf(open.to) !== dayOf(to)) return true;
  const hasNews = open.new + open.changed + open.repairs.length > 0;
  return hasNews && hourOf(open.to) !== hourOf(to);
};

const dayOf = (time: Time7): string => time.slice(0, 10);
const hourOf = (time: Time7): string => time.slice(0, 13);

const withPass = (window: CoverageWindow, to: Time7, counts: PassFacts['counts']): CoverageWindow => ({
  ...withCounts(window, counts),
  to,
  passes: window.passes + 1,
});

const withCounts = (window: CoverageWindow, counts: PassFacts['counts']): CoverageWindow => ({
  ...window,
  calls: window.calls + counts.calls,
  listed: window.listed + counts.listed,
  new: window.new + counts.new,
  changed: window.changed + counts.changed,
});
