import type { Time7 } from '../model/time7';
import { fromTicks } from '../model/time7';

/** For how long things are kept. */
export interface Keep {
  readonly incidentsDays: number;
  readonly coverageDays: number;
  readonly deliveriesDays: number;
  readonly inboxDays: number;
}

const dayMs = 24 * 60 * 60_000;

/** Milliseconds since 1970: what is older goes. */
export const cutoffMs = (days: number, nowMs: number): number => nowMs - days * dayMs;

export const cutoffOf = (days: number, nowMs: number): Time7 =>
  fromTicks(BigInt(Math.floor(cutoffMs(days, nowMs))) * 10_000n);
