import { CallsSpent, messageOf, UpstreamError } from '../errors';
import type { Time7 } from '../model/time7';
import { fromTicks, justAfter, justBefore, latest, middleOf, minusMinutes, toTicks } from '../model/time7';
import type { IncidentSource } from '../ports';
import { divide, pagesIn } from './divide';
import type { ClosedRange } from './gaps';
import type { JoinedEnd } from './readJoined';
import { keptMinutes, readJoined } from './readJoined';
import { readKeyset } from './readKeyset';
import type { Reading } from './sideBySide';
import { maxReaders, sideBySide } from './sideBySide';
import type { PageReader } from './stepDown';
import type { Doubt, Slice, Stretch } from './stretch';
import { timeOf } from './stretch';

export interface ReadSlicesDeps {
  readonly source: IncidentSource;
  readonly readPage: PageReader;
  /** The part of an open slice that is read at once, whatever the backlog before it. */
  readonly freshMinutes: number;
  /** By the storage's clock, where it is known: where an open slice that fails is cut. */
  readonly now: () => Time7 | undefined;
  /** Looks up what is stored of a stretch, while others are dealt with. */
  readonly lookAhead: (stretch: Stretch) => Promise<void>;
  /** Queues what was shown for storing. */
  readonly takeIn: (stretch: Stretch) => Promise<void>;
  /** Writes full batches. */
  readonly flushFull: () => Promise<void>;
}

/** Writes down how far slices are read, each time after the rows it speaks of were queued. A closed slice is named by its end. */
export interface Progress {
  /** Hears the server's time of each answer first. */
  answered?(serverTime: Time7): void;
  openRead(stretch: Stretch): void;
  /** The reader closed an open slice, and is only beginning with it; what is newer than `to`, the next pass shows. */
  openClosed(from: Time7, to: Time7): void;
  /** An open slice ends at the first cut; those between the cuts are closed, and the one after the last is open. */
  readonly openDivided: (from: Time7, cuts: readonly Time7[]) => void;
  /** Of the range, which begins where its slice began, all through `through` is read. */
  closedRead(range: ClosedRange, through: Time7): void;
  readonly closedDivided: (to: Time7, middle: Time7) => void;
  /** A range already passed that was not served whole. */
  doubted(doubt: Doubt, slice: Slice): void;
  /** A closed slice is put off as a whole. */
  readonly putOff: (to: Time7, reason: string, slice: Slice) => void;
}

interface SliceReading extends Reading {
  isOpen: boolean;
  pagesRead: number;
}

/** Failures in a row after which we ask whether it is an outage. */
const outageAfter = 6;
/** What one reader of a list without order takes on; of half as much again the rest is another reader's. */
const joinedPages = 8;

/**
 * Reads slices side by side and hands what they show to the one committer. Dense slices are divided among idle readers; one that fails
 * while others can be read is cut around what it fails of.
 * @returns `cut` where the calls of the run were used up
 * @throws what the source throws where nothing can be read
 */
export const readSlices = async (
  deps: ReadSlicesDeps,
  slices: readonly Slice[],
  progress: Progress,
): Promise<'done' | 'cut'> => {
  const open = (slice: Slice): SliceReading => ({
    slice,
    stretches: readerOf(deps, slice),
    // What the first page of a list without order shows may narrow its slice, any page of the other may.
    mayReadOn: (read) => deps.source.paging === 'slices' && read > 1,
    isOpen: slice.to === undefined,
    pagesRead: 0,
  });
  const queue = slices.map(open);
  const live = new Set(queue);
  const enqueue = (more: readonly Slice[]): void => {
    const readings = more.map(open);
    readings.forEach((reading) => live.add(reading));
    queue.unshift(...readings);
  };
  let isCut = false;
  let failures = 0;
  const suspected = heldBack(progress);
  /** A failure is often quicker than an answer, so what is to be made of it waits until an answer came, or none is to come. */
  const failed: { readonly slice: Slice; readonly error: unknown }[] = [];
  const goAround = (): void => {
    for (const { slice, error } of failed.splice(0)) enqueue(aroundFailure(deps, slice, error, suspected));
  };

  for await (const step of sideBySide(queue, deps.lookAhead)) {
    const { reading } = step;
    if (step.kind === 'stretch') {
      failures = 0;
      await deps.takeIn(step.stretch);
      suspected.confirm();
      tell(progress, reading, step.stretch);
      if (!step.stretch.complete) enqueue(partsOf(deps, reading, step.stretch, maxReaders - live.size + 1, progress));
      goAround();
      await deps.flushFull();
      continue;
    }
    live.delete(reading);
    if (step.kind === 'end') enqueue(step.end === undefined ? [] : againInParts(reading.slice, step.end, progress));
    else if (step.error instanceof CallsSpent) isCut = true;
    else {
      failures += 1;
      if (!canGoAround(deps, reading.slice, step.error)) throw step.error;
      if (failures > outageAfter) {
        await mustAnswer(deps.source, step.error);
        failures = 0;
        suspected.confirm();
      }
      failed.push({ slice: reading.slice, error: step.error });
    }
    if (live.size === 0 && !isCut) goAround();
  }
  suspected.confirm();
  return isCut ? 'cut' : 'done';
};

/** Older than anything Defender holds. */
const emptyInstant = '2000-01-01T00:00:00.0000000Z' as Time7;

/**
 * As many slices as are read at once may each hold a poisoned incident, and then all of them fail first: a question with nothing to show
 * tells that from an outage.
 * @throws `failure` in an outage
 */
const mustAnswer = async (source: IncidentSource, failure: unknown): Promise<void> => {
  try {
    await source.listChanged({ from: emptyInstant, to: emptyInstant });
  } catch (error) {
    throw error instanceof UpstreamError ? failure : error;
  }
};

type Cuts = Pick<Progress, 'openDivided' | 'closedDivided' | 'putOff'>;

/** What failures make of slices is written down once something else is read after all: in an outage it would leave nothing but fragments. */
const heldBack = ({ openDivided, closedDivided, putOff }: Progress): Cuts & { confirm(): void } => {
  const held: (() => void)[] = [];
  return {
    openDivided: (...cut) => void held.push(() => openDivided(...cut)),
    closedDivided: (...cut) => void held.push(() => closedDivided(...cut)),
    putOff: (...cut) => void held.push(() => putOff(...cut)),
    confirm: () => held.splice(0).forEach((write) => write()),
  };
};

const readerOf = ({ source, readPage }: ReadSlicesDeps, slice: Slice): Reading['stretches'] =>
  source.paging === 'keyset' ? readKeyset(readPage, slice) : readJoined(readPage, source.pageSize, slice);

const tell = (progress: Progress, reading: SliceReading, stretch: Stretch): void => {
  const { slice } = reading;
  reading.pagesRead += 1;
  progress.answered?.(stretch.serverTime);
  if (slice.to === undefined) progress.openRead(stretch);
  else if (reading.isOpen) {
    reading.isOpen = false;
    progress.openClosed(slice.from, slice.to);
  } else if (stretch.through !== undefined) {
    // A full page that ends at the very end says nothing of what else shares that instant.
    const isWhole = stretch.complete || stretch.through < slice.to;
    progress.closedRead({ from: slice.from, to: slice.to }, isWhole ? stretch.through : justBefore(slice.to));
  }
  for (const doubt of stretch.doubts) progress.doubted(doubt, slice);
};

/** Hands part of what a dense slice still holds to other readers: the new slices, newest first. */
const partsOf = (
  deps: ReadSlicesDeps,
  reading: SliceReading,
  stretch: Stretch,
  readers: number,
  progress: Progress,
): readonly Slice[] =>
  deps.source.paging === 'keyset'
    ? keysetParts(deps, reading, stretch, readers, progress)
    : joinedParts(deps, reading, stretch, progress);

const keysetParts = (
  { source, freshMinutes }: ReadSlicesDeps,
  reading: SliceReading,
  { incidents, through, serverTime }: Stretch,
  readers: number,
  progress: Progress,
): readonly Slice[] => {
  const { slice } = reading;
  const { to, by } = slice;
  if (through === undefined) return [];
  const { pageSize } = source;
  const cuts = divide({ through, to, serverTime, freshMinutes, page: incidents, pageSize, by, readers });
  const [first] = cuts;
  if (first === undefined) return [];
  if (to === undefined) progress.openDivided(through, cuts);
  else for (const cut of cuts) progress.closedDivided(to, cut);
  slice.to = first;
  reading.isOpen = false;
  return cuts.map((cut, at): Slice => ({ ...slice, from: justAfter(cut), to: cuts[at + 1] ?? to })).reverse();
};

/** Only its first page tells how dense it is; from then on its pages must join. */
const joinedParts = (
  { source }: ReadSlicesDeps,
  { slice, pagesRead }: SliceReading,
  { incidents, serverTime }: Stretch,
  progress: Progress,
): readonly Slice[] => {
  const { from, to, by } = slice;
  if (pagesRead !== 1 || to === undefined) return [];
  const likelyFrom = latest(from, minusMinutes(serverTime, keptMinutes));
  // Above the newest there is nothing, however long: after a busy hour the quiet week that follows holds no pages.
  const newest = incidents
    .map((incident) => timeOf(incident, by))
    .reduce((a, b) => (b > a && b <= to ? b : a), likelyFrom);
  const pages = pagesIn({ from: likelyFrom, to: newest }, incidents, source.pageSize, by);
  const isGuess = from < likelyFrom;
  if (!Number.isFinite(pages) || pages < (isGuess ? 1.75 : 1.5) * joinedPages) return [];
  const span = toTicks(newest) - toTicks(likelyFrom);
  const back = (part: number): Time7 =>
    fromTicks(toTicks(newest) - (span * BigInt(Math.floor(part * 1_000_000))) / 1_000_000n);
  // How far back the list reaches is only a guess where nothing bounds it: half of it is looked into apart, and may well be empty.
  const halfWay = isGuess ? [back(1 / 2)] : [];
  const left = halfWay.length === 0 ? pages : pages / 2;
  const top = left < 1.5 * joinedPages ? [] : [back(joinedPages / pages)];
  const starts = [...halfWay, ...top].filter((start) => start > from && start <= to);
  const upper = starts.at(-1);
  if (upper === undefined) return [];
  for (const start of starts) progress.closedDivided(to, justBefore(start));
  slice.from = upper;
  return starts
    .map((start, at): Slice => ({ ...slice, from: starts[at - 1] ?? from, to: justBefore(start) }))
    .reverse();
};

const halves = (slice: Slice, to: Time7, middle: Time7): readonly Slice[] => [
  { ...slice, from: justAfter(middle), to },
  { ...slice, to: middle },
];

const againInParts = (slice: Slice, { middle }: NonNullable<JoinedEnd>, progress: Progress): readonly Slice[] => {
  const { to } = slice;
  if (to === undefined) return [];
  if (middle === undefined) {
    progress.putOff(to, 'more incidents share one update time than the list serves', slice);
    return [];
  }
  progress.closedDivided(to, middle);
  return halves(slice, to, middle);
};

/** Without alerts apart there is no other way than cutting to find out which incident it is. */
const canGoAround = ({ source }: ReadSlicesDeps, { to }: Slice, error: unknown): boolean =>
  error instanceof UpstreamError && !(to === undefined && source.alertsApart);

/** @throws the error, where an open slice has no end to be cut at */
const aroundFailure = (
  { source, now }: ReadSlicesDeps,
  slice: Slice,
  error: unknown,
  progress: Cuts,
): readonly Slice[] => {
  const { from, to } = slice;
  if (to === undefined) {
    const cut = now();
    if (cut === undefined || cut <= from) throw error;
    progress.openDivided(from, [cut]);
    return [
      { ...slice, from: justAfter(cut) },
      { ...slice, to: cut },
    ];
  }
  const start = latest(from, minusMinutes(to, keptMinutes));
  if (source.alertsApart || start >= to) {
    progress.putOff(to, messageOf(error), slice);
    return [];
  }
  const middle = middleOf(start, to);
  progress.closedDivided(to, middle);
  return halves(slice, to, middle);
};
