import { CallsSpent, ContractError } from '../../errors';
import type { ObservedIncident } from '../../model/incident';
import type { Time7 } from '../../model/time7';
import { justBefore, latest, middleOf, minusMinutes } from '../../model/time7';
import { pagesIn } from './divide';
import type { PageReader, SteppedPage } from './stepDown';
import type { Slice, Stretch } from './stretch';
import { timeOf } from './stretch';

/** A slice that proves to hold more pages is divided instead: its end might not be reached within one run. */
const maxPages = 20;
/** The same where it is not known how many are left. */
const maxUnsurePages = 14;
/** Asked for side by side, and only while the slice surely holds them: an empty page is a call for nothing. */
const maxAhead = 6;
/** Defender keeps incidents for so long; only a guess is made of it. @see https://learn.microsoft.com/defender-xdr/data-privacy */
export const keptMinutes = 180 * 24 * 60;

/** How reading a slice ended: whole (undefined), or it must be read again in two parts, the first of which ends at `middle`. */
export type JoinedEnd = { readonly middle: Time7 | undefined } | undefined;

/**
 * Reads a slice of a list that comes newest first with no order promised. It counts as read only if it fitted one page, or if each page
 * began with the last row of the one before: then nothing can have shifted over an edge. Otherwise it is read again in two parts. An open
 * slice that does not fit a page is closed at the server's time; what is newer, the next pass shows.
 * @see https://learn.microsoft.com/defender-xdr/api-list-incidents
 */
export async function* readJoined(
  readPage: PageReader,
  pageSize: number,
  slice: Slice,
): AsyncGenerator<Stretch, JoinedEnd, void> {
  const ahead: Promise<SteppedPage>[] = [];
  try {
    return yield* joinedStretches(readPage, pageSize, slice, ahead);
  } finally {
    // No call outlives the reading that made it.
    await Promise.allSettled(ahead);
  }
}

/** @param ahead the pages that are asked for, in the order of the list */
async function* joinedStretches(
  readPage: PageReader,
  pageSize: number,
  slice: Slice,
  ahead: Promise<SteppedPage>[],
): AsyncGenerator<Stretch, JoinedEnd, void> {
  const { by } = slice;
  const first = await askFor(readPage, slice, 0);
  if (!first.more) {
    yield stretchOf(first, slice, first.incidents, true);
    return undefined;
  }
  const wasOpen = slice.to === undefined;
  slice.to ??= first.serverTime;
  const { to } = slice;
  const inside = first.incidents.filter((incident) => timeOf(incident, by) <= to);
  if (inside.length === 0 && !wasOpen) throw new ContractError('a page of which nothing lies in the time asked for');
  // Whoever reads along may raise `from` now, but not above what this page showed.
  yield stretchOf(first, slice, first.incidents, false);
  // More than a page can have changed since the second that its answer was dated.
  if (first.incomplete !== undefined || first.nameless > 0 || inside.length === 0)
    return { middle: middleIn(slice, inside) };

  const seen = [...inside];
  let last = inside.at(-1);
  let nextSkip = rowsOf(first) - (first.incidents.length - inside.length) - 1;
  const likelyFrom = minusMinutes(first.serverTime, keptMinutes);
  for (let read = 1; ; read += 1) {
    // Undefined where nobody knows how far back the list reaches.
    const left = slice.from < likelyFrom ? undefined : rowsLeft(slice, seen);
    // The sooner it is known, the fewer pages are read in vain.
    if (left === undefined ? read >= maxUnsurePages : read + left / pageSize > maxPages) break;
    const sure = left === undefined ? 1 : surePages(left, seen.length, pageSize);
    const wanted = Math.min(maxAhead, sure);
    for (; ahead.length < wanted; nextSkip += pageSize - 1) ahead.push(askFor(readPage, slice, nextSkip));
    const page = await unlessSpent(ahead.shift());
    if (page === undefined) break;
    const joins = page.incidents[0] !== undefined && last !== undefined && isSame(page.incidents[0], last);
    const isWhole = joins && page.incomplete === undefined && page.nameless === 0;
    const fresh = joins ? page.incidents.slice(1) : page.incidents;
    seen.push(...fresh);
    yield stretchOf(page, slice, fresh, isWhole && !page.more);
    if (!isWhole) break;
    if (!page.more) return undefined;
    last = page.incidents.at(-1);
  }
  return { middle: middleIn(slice, seen) };
}

/**
 * Pages that it surely takes to the end of what is left below a full one: one is to come in any case. Of what those seen let expect half is
 * left out of account, and more after the first page: lists grow sparser with age.
 */
const surePages = (left: number, seen: number, pageSize: number): number =>
  1 + Math.floor(left / (seen > pageSize ? 2 : 3) / (pageSize - 1));

/** Undefined where the run may call no more: what was read so far was for nothing, and at the next run the slice must be smaller. */
const unlessSpent = async (page: Promise<SteppedPage> | undefined): Promise<SteppedPage | undefined> => {
  try {
    return await page;
  } catch (error) {
    if (error instanceof CallsSpent) return undefined;
    throw error;
  }
};

const askFor = (readPage: PageReader, { from, to, by, status }: Slice, skip: number): Promise<SteppedPage> => {
  const page = readPage({
    from,
    by,
    ...(to === undefined ? {} : { to }),
    ...(status === undefined ? {} : { status }),
    ...(skip === 0 ? {} : { skip }),
  });
  // Asked for ahead, it may fail before anyone awaits it; a rejection nobody handles would end the process.
  page.catch(() => undefined);
  return page;
};

const rowsOf = ({ incidents, poisoned, nameless }: SteppedPage): number =>
  incidents.length + poisoned.length + nameless;

const isSame = (a: ObservedIncident, b: ObservedIncident): boolean =>
  a.version === b.version && a.header.incidentId === b.header.incidentId;

const stretchOf = (
  page: SteppedPage,
  { from, to }: Slice,
  incidents: readonly ObservedIncident[],
  complete: boolean,
): Stretch => {
  const newest = complete ? (to ?? page.serverTime) : undefined;
  const reason = page.incomplete ?? (page.nameless > 0 ? 'an incident without a readable id' : undefined);
  const doubts = complete && reason !== undefined ? [{ from, to: to ?? page.serverTime, reason }] : [];
  return { incidents, poisoned: page.poisoned, through: newest, doubts, serverTime: page.serverTime, complete };
};

const timesOf = (seen: readonly ObservedIncident[], { by }: Slice): readonly Time7[] =>
  seen.map((incident) => timeOf(incident, by)).sort();

/** Rows that the slice probably holds below what was seen; undefined where a single instant tells nothing. */
const rowsLeft = (slice: Slice, seen: readonly ObservedIncident[]): number | undefined => {
  const [oldest] = timesOf(seen, slice);
  const { from } = slice;
  if (oldest === undefined || oldest <= from) return undefined;
  const left = pagesIn({ from, to: oldest }, seen, 1, slice.by);
  return Number.isFinite(left) ? left : undefined;
};

/** Half of what was seen lies on each side; undefined for a single instant, which cannot be divided. */
const middleIn = (slice: Slice, seen: readonly ObservedIncident[]): Time7 | undefined => {
  const { from, to } = slice;
  if (to === undefined || from >= to) return undefined;
  const times = timesOf(seen, slice);
  const median = times[Math.floor(times.length / 2)];
  if (median === undefined) return middleOf(from, to);
  // An instant that is a crowd of its own, at an edge, is cut off at once: halving the time beside it would take forty steps.
  return median < to ? latest(from, median) : justBefore(to);
};
