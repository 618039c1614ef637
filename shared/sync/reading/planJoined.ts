import type { Time7 } from '../../model/time7';
import { fromTicks, latest, minusMinutes, toTicks } from '../../model/time7';
import { pagesIn } from './divide';
import { keptMinutes } from './readJoined';
import type { Slice, Stretch } from './stretch';
import { timeOf } from './stretch';

/** What one reader of a list without order takes on; of half as much again the rest is another reader's. */
const joinedPages = 8;
/** From one and a half times so many on two readers begin with a part that nobody has looked into. */
const unseenPages = 14;
/** What a part takes of which nobody knows how dense it is: no more than one reader takes on. */
export const unseenCalls = 9;

/** A part of a closed slice, from `from` to where the next newer one begins. */
export interface JoinedPart {
  readonly from: Time7;
  /** Calls that it probably takes. */
  readonly calls: number;
}

/** The part that the first page began, newest of all, and those below it, newest first. */
export interface JoinedPlan {
  readonly own: JoinedPart;
  readonly others: readonly JoinedPart[];
}

/**
 * How a closed slice of a list that comes newest first is read on, going by its first page, the only one that tells how dense it is: as one
 * chain of joined pages, which counts only if it is read to its end, or in parts. The own part is no larger than `room`, the calls that may
 * be made for it.
 */
export const planJoined = (
  { from, to, by }: Slice & { readonly to: Time7 },
  { incidents, serverTime }: Stretch,
  pageSize: number,
  room: number,
): JoinedPlan => {
  const likelyFrom = latest(from, minusMinutes(serverTime, keptMinutes));
  // Above the newest there is nothing, however long: after a busy hour the quiet week that follows holds no pages.
  const newest = incidents
    .map((incident) => timeOf(incident, by))
    .reduce((a, b) => (b > a && b <= to ? b : a), likelyFrom);
  const pages = pagesIn({ from: likelyFrom, to: newest }, incidents, pageSize, by);
  const whole = { own: { from, calls: Number.isFinite(pages) ? callsFor(pages) : 1 }, others: [] };
  const fits = pagesFor(room);
  if (!Number.isFinite(pages) || fits < leastPages) return whole;

  const isGuess = from < likelyFrom;
  const isDense = pages >= (isGuess ? 1.75 : 1.5) * joinedPages;
  // How far back the list reaches is only a guess where nothing bounds it: half of it is looked into apart, and may well be empty.
  const bounded = isGuess && isDense ? pages / 2 : pages;
  const own = Math.min(fits, isDense && bounded >= 1.5 * joinedPages ? joinedPages : bounded);
  const rest = bounded - own;
  const parts = rest <= 0 ? 0 : isGuess && rest >= 1.5 * unseenPages ? 2 : 1;

  const span = toTicks(newest) - toTicks(likelyFrom);
  const back = (part: number): Time7 =>
    fromTicks(toTicks(newest) - (span * BigInt(Math.floor((part / pages) * 1_000_000))) / 1_000_000n);
  const edges = Array.from({ length: parts }, (_, at) => back(own + (rest * at) / parts));
  const starts = [...edges, ...(bounded < pages ? [back(bounded)] : [])].filter((start) => start > from && start <= to);
  const [ownFrom] = starts;
  if (ownFrom === undefined) return whole;
  const others = starts.map((_, at): JoinedPart => {
    const next = starts[at + 1];
    // Lists grow sparser with age, and beyond a guess there may be nothing.
    const calls = next === undefined && bounded < pages ? 1 : Math.min(unseenCalls, callsFor(rest / parts / 2) + 1);
    return { from: next ?? from, calls };
  });
  return { own: { from: ownFrom, calls: callsFor(own) }, others };
};

/** Below so many pages a part is not worth its calls. */
const leastPages = 1.5;

/** Calls that so many pages take after the first: the last page is half full, and a guess is off by a tenth. */
const callsFor = (pages: number): number => Math.max(1, 1.1 * pages - 0.5);
const pagesFor = (calls: number): number => (calls + 0.5) / 1.1;
