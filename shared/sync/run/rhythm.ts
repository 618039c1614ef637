import type { Rhythm } from '../../model/tenantState';
import type { Time7 } from '../../model/time7';
import { lengthMs } from '../coverage/span';

/** About the last hundred changes weigh in. */
const weight = 0.02;
/** Nights and weekends come back: the longest pause of late is forgotten by a fifth in a hundred changes. */
const fading = 0.998;
const longestKnownMs = 7 * 24 * 3_600_000;

const changesToKnow = 20;
const leastSilenceMs = 6 * 3_600_000;
const timesTheMean = 10;
const timesTheLongest = 1.5;

/** A tenant's rhythm after a pass, begun at server time `at`, that brought something new or changed. */
export const rhythmAfter = (rhythm: Rhythm | undefined, at: Time7): Rhythm => {
  if (rhythm === undefined) return { lastChange: at, meanMs: 0, longestMs: 0, seen: 1 };
  const { lastChange, meanMs, longestMs, seen } = rhythm;
  if (at <= lastChange) return rhythm;
  const pauseMs = lengthMs({ from: lastChange, to: at });
  // A plain mean at first, then one in which old pauses fade.
  const share = Math.max(weight, 1 / seen);
  return {
    lastChange: at,
    meanMs: meanMs + share * (pauseMs - meanMs),
    longestMs: Math.max(Math.min(pauseMs, longestKnownMs), longestMs * fading),
    seen: seen + 1,
  };
};

/**
 * True where nothing new was shown for far longer than this tenant's rhythm explains: ten times its mean pause, one and a half times its
 * longest of late (nights and weekends are pauses too), and six hours at least. `readThrough`: up to here it was read, by the server's
 * clock; a tenant that is not read is not silent.
 */
export const isSilent = (rhythm: Rhythm | undefined, readThrough: Time7 | undefined): boolean => {
  if (rhythm === undefined || readThrough === undefined || rhythm.seen < changesToKnow) return false;
  return lengthMs({ from: rhythm.lastChange, to: readThrough }) > silenceMs(rhythm);
};

const silenceMs = ({ meanMs, longestMs }: Rhythm): number =>
  Math.max(leastSilenceMs, timesTheMean * meanMs, timesTheLongest * longestMs);
