import { createHash } from 'node:crypto';

const [secondMs, minuteMs, hourMs] = [1_000, 60_000, 3_600_000];

/** After the first try, the second …: ten tries over 75 hours. @see design section 7 */
const delaysMs: readonly number[] = [
  5 * secondMs,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  24 * hourMs,
];

export const maxTries = delaysMs.length + 1;

/** Longer than all tries of an event take: what waited so long for a target that is down is given up. */
export const patienceMs = delaysMs.reduce((sum, delay) => sum + delay, 0) * 1.2;

/** Between 0 and 1, the same for the same try: what is computed twice falls on one time, and events spread. */
const spread = (eventId: string, tries: number): number =>
  createHash('sha256').update(`${eventId} ${tries}`).digest().readUInt32BE(0) / 2 ** 32;

/**
 * Milliseconds from a failed try to the next, ± 20 %; undefined: it was the last.
 * @param tries made so far, this one included
 * @param atLeastMs what the target asked for (`Retry-After`)
 */
export const retryDelayMs = (eventId: string, tries: number, atLeastMs = 0): number | undefined => {
  const delay = delaysMs[tries - 1];
  return delay === undefined
    ? undefined
    : Math.max(atLeastMs, Math.round(delay * (0.8 + 0.4 * spread(eventId, tries))));
};
