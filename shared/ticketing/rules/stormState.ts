import { isHigh } from './severity';

/** More new tickets at a time than a connection wants. */
export interface Storm {
  /** When the incident came that was one too many, milliseconds since 1970: the storm is told by it. */
  readonly sinceMs: number;
  /** When the last one came that was. */
  readonly lastMs: number;
}

/** What is kept of a connection's new tickets; its start is `quiet`. */
export interface StormState {
  /** How many incidents without a ticket came in each short stretch of time, by its beginning, oldest first: those of the window alone. */
  readonly arrivals: readonly (readonly [fromMs: number, count: number])[];
  /** Names of the last of them: who is counted again, because an attempt broke off, counts once. */
  readonly newest: readonly string[];
  /** Oldest first; what failed or waited is still one of its own storm when that is over. */
  readonly storms: readonly Storm[];
}

export const quiet: StormState = { arrivals: [], newest: [], storms: [] };

export interface StormLimit {
  readonly count: number;
  readonly minutes: number;
}

/** An incident waits so long for the others that may come with it: a burst is known before the first of its tickets is made. */
export const stormWaitMs = 60_000;

/** The window is counted in so many stretches, however many come. */
const stretches = 500;
const mostNames = 64;
const mostStorms = 30;

/**
 * One more incident that wants a ticket, in a window that slides: above `count` in `minutes` it is a storm, until so many minutes have
 * passed without one too many. Those of high severity count, too.
 */
export const countArrival = (
  state: StormState,
  { atMs, name }: { readonly atMs: number; readonly name: string },
  { count, minutes }: StormLimit,
): StormState => {
  if (state.newest.includes(name)) return state;
  const windowMs = minutes * 60_000;
  const arrivals = withOneAt(state.arrivals, atMs, windowMs);
  const newest = [...state.newest, name].slice(-mostNames);
  const isAbove = arrivals.reduce((sum, [, some]) => sum + some, 0) > count;
  if (!isAbove) return { arrivals, newest, storms: state.storms };
  const last = state.storms.at(-1);
  const isOn = last !== undefined && atMs <= last.lastMs + windowMs;
  const storms = isOn
    ? [...state.storms.slice(0, -1), { ...last, lastMs: Math.max(atMs, last.lastMs) }]
    : [...state.storms, { sinceMs: atMs, lastMs: atMs }].slice(-mostStorms);
  return { arrivals, newest, storms };
};

const withOneAt = (before: StormState['arrivals'], atMs: number, windowMs: number): StormState['arrivals'] => {
  const inWindow = before.filter(([fromMs]) => fromMs > atMs - windowMs);
  const last = inWindow.at(-1);
  if (last === undefined || atMs - last[0] >= windowMs / stretches) return [...inWindow, [atMs, 1]];
  return [...inWindow.slice(0, -1), [last[0], last[1] + 1]];
};

/**
 * The storm that an incident belongs to: it came while that lasted, or waited when it began. Undefined: none, and once its wait is over
 * that is final. Of high severity (or of one nobody knows) each gets a ticket of its own.
 */
export const stormOf = (
  { storms }: StormState,
  { heardAtMs, severity }: { readonly heardAtMs: number; readonly severity: string | null },
  { minutes }: StormLimit,
): Storm | undefined =>
  isHigh(severity)
    ? undefined
    : storms.find(({ sinceMs, lastMs }) => sinceMs < heardAtMs + stormWaitMs && heardAtMs <= lastMs + minutes * 60_000);

/** The key of a storm's ticket: one storm of a connection (`targetIdOf`) in its scope, told by its beginning. */
export const stormKeyOf = (scope: string, targetId: string, { sinceMs }: Pick<Storm, 'sinceMs'>): string =>
  `${scope}:storm:${targetId}:${sinceMs}`;
