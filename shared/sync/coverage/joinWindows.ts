import type { CoverageWindow, HeldUp } from '../../model/coverage';
import { maxReasonChars, maxRepairs } from './gapRepaired';
import { joinReconciled } from './reconciled';

/** What fits one property of a row with room to spare. */
const maxHeldUp = 60;

/** Two windows as one: `b` begins where `a` ends, or inside it. No statement of either is lost. */
export const joinWindows = (a: CoverageWindow, b: CoverageWindow): CoverageWindow => ({
  from: a.from < b.from ? a.from : b.from,
  to: a.to > b.to ? a.to : b.to,
  passes: a.passes + b.passes,
  calls: a.calls + b.calls,
  listed: a.listed + b.listed,
  new: a.new + b.new,
  changed: a.changed + b.changed,
  heldUp: bounded([...a.heldUp, ...b.heldUp].sort((x, y) => (x.from < y.from ? -1 : 1))),
  repairs: [...a.repairs, ...b.repairs].sort((x, y) => (x.repairedAt < y.repairedAt ? -1 : 1)).slice(-maxRepairs),
  reconciled: joinReconciled([...a.reconciled, ...b.reconciled]),
  foundLate: a.foundLate + b.foundLate,
});

/** Too many are joined, the oldest first: they then tell of too much trouble, never of too little. */
const bounded = (stretches: readonly HeldUp[]): readonly HeldUp[] => {
  const [first, second, ...rest] = stretches;
  if (stretches.length <= maxHeldUp || first === undefined || second === undefined) return stretches;
  return bounded([joinHeldUp(first, second), ...rest]);
};

const joinHeldUp = (a: HeldUp, b: HeldUp): HeldUp => ({
  from: a.from,
  to: a.to > b.to ? a.to : b.to,
  reason: a.reason.includes(b.reason) ? a.reason : `${a.reason}; ${b.reason}`.slice(0, maxReasonChars),
  listed: a.listed + b.listed,
  new: a.new + b.new,
  changed: a.changed + b.changed,
});
