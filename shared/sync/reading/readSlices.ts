import { CallsSpent, messageOf, UpstreamError } from '../../errors';
import type { Time7 } from '../../model/time7';
import { justAfter, justBefore, latest, middleOf, minusMinutes } from '../../model/time7';
import type { IncidentSource } from '../../ports';
import { divide } from './divide';
import type { ClosedRange } from '../position/gaps';
import { planJoined, unseenCalls } from './planJoined';
import type { JoinedEnd } from './readJoined';
import { keptMinutes, readJoined } from './readJoined';
import { readKeyset } from './readKeyset';
import type { Reading } from './sideBySide';
import { sideBySide } from './sideBySide';
import type { PageReader } from './stepDown';
import type { Doubt, Slice, Stretch } from './stretch';

export interface ReadSlicesDeps {
  readonly source: IncidentSource;
  readonly readPage: PageReader;
  /** The part of an open slice that is read at once, whatever the backlog before it. */
  readonly freshMinutes: number;
  /** By the storage's clock, where it is known: where an open slice that fails is cut. */
  readonly now: () => Time7 | undefined;
  /** How many calls the run may still make. */
  readonly callsLeft: () => number;
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
  /** Calls that it probably still takes, none where each page is good by itself. */
  calls: number;
}

/** Failures in a row after which we ask whether it is an outage. */
const outageAfter = 6;
/** Calls that nobody else counts on are used for the beginning of a slice that takes more, where they are so many. */
const leastCalls = 3;

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
  const isJoined = deps.source.paging === 'slices';
  const open = (slice: Slice, calls = slice.to === undefined ? 1 : unseenCalls): SliceReading => ({
    slice,
    stretches: readerOf(deps, slice),
    isOpen: slice.to === undefined,
    pagesRead: 0,
    calls: isJoined ? calls : 0,
  });
  const queue = slices.map((slice) => open(slice));
  const live = new Set(queue);
  const enqueue = (readings: readonly SliceReading[]): void => {
    readings.forEach((reading) => live.add(reading));
    queue.unshift(...readings);
  };
  const begun = new Set<SliceReading>();
  let callsLeft = deps.callsLeft();
  const least = Math.min(leastCalls, callsLeft - 1);
  /** Calls that no slice begun counts on. Where pages must join, what is begun and cannot be finished is read in vain. */
  const callsFree = (): number => [...begun].reduce((left, { calls }) => left - calls, callsLeft);
  const next = (): SliceReading | undefined => {
    const [first] = queue;
    if (first === undefined) return undefined;
    const isAlone = [...begun].every(({ calls }) => calls === 0);
    if (callsFree() < (isAlone ? Math.min(first.calls, least) : first.calls)) return undefined;
    begun.add(first);
    return queue.shift();
  };
  let isCut = false;
  let failures = 0;
  const suspected = heldBack(progress);
  /** A failure is often quicker than an answer, so what is to be made of it waits until an answer came, or none is to come. */
  const failed: { readonly slice: Slice; readonly error: unknown }[] = [];
  const goAround = (): void => {
    for (const { slice, error } of failed.splice(0))
      enqueue(aroundFailure(deps, slice, error, suspected).map((part) => open(part)));
  };

  const lookups: Promise<void>[] = [];
  /** What a stretch makes of its slice is written down once it is queued; its reader, and those of new slices, do not wait for that. */
  const arrived = (reading: SliceReading, stretch: Stretch, idle: number): Arrival => {
    const told: ToldSlice = { ...reading.slice, wasOpen: reading.isOpen };
    const lookedUp = deps.lookAhead(stretch);
    lookups.push(lookedUp.catch(() => undefined));
    const cuts = heldBack(progress);
    reading.pagesRead += 1;
    reading.isOpen &&= reading.slice.to === undefined;
    if (isJoined) {
      callsLeft -= 1;
      reading.calls = stretch.complete ? 0 : Math.max(1, reading.calls - 1);
    }
    if (!stretch.complete) enqueue(partsOf(reading, stretch, idle + 1 - queue.length, cuts));
    return { told, lookedUp, cuts };
  };
  /** What of a dense slice other readers are to read, newest first. */
  const partsOf = (reading: SliceReading, stretch: Stretch, readers: number, cuts: Cuts): readonly SliceReading[] => {
    if (!isJoined) return keysetParts(deps, reading, stretch, readers, cuts).map((part) => open(part));
    // Only the first page tells how dense a list without order is; from then on pages must join.
    if (reading.pagesRead > 1) return [];
    const room = callsFree() + reading.calls;
    return joinedParts(deps, reading, stretch, room, cuts).map(([part, calls]) => open(part, calls));
  };

  try {
    for await (const step of sideBySide(next, arrived)) {
      const { reading } = step;
      if (step.kind === 'stretch') {
        const { told, lookedUp, cuts } = step.arrival;
        failures = 0;
        await lookedUp;
        await deps.takeIn(step.stretch);
        suspected.confirm();
        tell(progress, told, step.stretch);
        cuts.confirm();
        goAround();
        await deps.flushFull();
        continue;
      }
      live.delete(reading);
      begun.delete(reading);
      if (step.kind === 'end') {
        const parts = step.end === undefined ? [] : againInParts(reading.slice, step.end, progress);
        enqueue(parts.map((part) => open(part, reading.pagesRead / parts.length)));
      } else if (step.error instanceof CallsSpent) isCut = true;
      else {
        if (isJoined) callsLeft -= 1;
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
  } finally {
    await Promise.all(lookups);
  }
  suspected.confirm();
  return isCut || queue.length > 0 ? 'cut' : 'done';
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
type HeldBack = Cuts & { confirm(): void };

/** A slice as it was when a stretch of it arrived. */
interface ToldSlice extends Readonly<Slice> {
  /** No stretch of it had an end yet. */
  readonly wasOpen: boolean;
}

interface Arrival {
  readonly told: ToldSlice;
  readonly lookedUp: Promise<void>;
  readonly cuts: HeldBack;
}

/** What failures make of slices is written down once something else is read after all: in an outage it would leave nothing but fragments. */
const heldBack = ({ openDivided, closedDivided, putOff }: Progress): HeldBack => {
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

const tell = (progress: Progress, { wasOpen, ...slice }: ToldSlice, stretch: Stretch): void => {
  const { from, to } = slice;
  progress.answered?.(stretch.serverTime);
  if (to === undefined) progress.openRead(stretch);
  else if (wasOpen) progress.openClosed(from, to);
  else if (stretch.through !== undefined) {
    // A full page that ends at the very end says nothing of what else shares that instant.
    const isWhole = stretch.complete || stretch.through < to;
    progress.closedRead({ from, to }, isWhole ? stretch.through : justBefore(to));
  }
  for (const doubt of stretch.doubts) progress.doubted(doubt, slice);
};

/** Hands part of what a dense slice still holds to other readers: the new slices. */
const keysetParts = (
  { source, freshMinutes }: ReadSlicesDeps,
  reading: SliceReading,
  { incidents, through, serverTime }: Stretch,
  readers: number,
  progress: Cuts,
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

/** Narrows the slice to what its reader goes on with: the new slices with the calls that each probably takes. */
const joinedParts = (
  { source }: ReadSlicesDeps,
  reading: SliceReading,
  stretch: Stretch,
  room: number,
  progress: Cuts,
): readonly (readonly [part: Slice, calls: number])[] => {
  const { slice } = reading;
  const { to } = slice;
  if (to === undefined) return [];
  const { own, others } = planJoined({ ...slice, to }, stretch, source.pageSize, room);
  const ends = [own, ...others].map(({ from }) => justBefore(from));
  const parts = others.map(({ from, calls }, at) => [{ ...slice, from, to: ends[at] }, calls] as const);
  for (const end of ends.slice(0, -1).reverse()) progress.closedDivided(to, end);
  slice.from = own.from;
  reading.calls = own.calls;
  return parts;
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
