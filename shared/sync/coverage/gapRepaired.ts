import type { CoverageWindow } from '../../model/coverage';
import type { Gap } from '../../model/cursor';
import type { Time7 } from '../../model/time7';
import { isPlanned } from '../position/gaps';

/** Of a window; joined windows keep as many. */
export const maxRepairs = 10;

/**
 * The open window with a gap that was read whole at last, at server time `at`. A planned range is no repair and leaves it as it is; so
 * does everything before the first window.
 */
export const gapRepaired = <Open extends CoverageWindow | undefined>(
  open: Open,
  gap: Pick<Gap, 'from' | 'to' | 'reason' | 'attempts'>,
  at: Time7,
): Open => {
  if (open === undefined || isPlanned(gap)) return open;
  const { from, to, reason, attempts } = gap;
  const repair = { from, to, reason: reason.slice(0, maxReasonChars), attempts, repairedAt: at };
  return { ...open, repairs: [...open.repairs, repair].slice(-maxRepairs) };
};

/** Some hundreds of them have to fit one property of a row. */
export const maxReasonChars = 200;
