import { isHigh } from './severity';

/** What is kept of a connection's new tickets; its start is `quiet`. */
export interface StormState {
  /** When incidents without a ticket came, ISO 8601 UTC, oldest first: as many as decide, no more. */
  readonly arrivals: readonly string[];
  /** Since when there is a storm, ISO 8601 UTC; null: none. */
  readonly since: string | null;
}

export const quiet: StormState = { arrivals: [], since: null };

export interface StormLimit {
  readonly count: number;
  readonly minutes: number;
}

export interface StormStep {
  readonly state: StormState;
  /** Whether this incident goes into the storm's ticket. */
  readonly isInStorm: boolean;
}

/**
 * One more incident that wants a ticket, in a window that slides: above `count` in `minutes` it is a storm, until no more than that came.
 * Of high severity (or of one nobody knows) each counts, and each gets a ticket of its own.
 */
export const stormStep = (
  { arrivals, since }: StormState,
  { at, severity }: { readonly at: string; readonly severity: string | null },
  { count, minutes }: StormLimit,
): StormStep => {
  const atMs = Date.parse(at);
  const inWindow = [...arrivals, at].filter((time) => Date.parse(time) > atMs - minutes * 60_000).sort();
  const isStorm = inWindow.length > count;
  return {
    state: { arrivals: inWindow.slice(-(count + 1)), since: isStorm ? (since ?? at) : null },
    isInStorm: isStorm && !isHigh(severity),
  };
};

/** The key of a storm's ticket: one storm of a connection (`targetIdOf`) in its scope, told by its beginning. */
export const stormKeyOf = (scope: string, targetId: string, since: string): string =>
  `${scope}:storm:${targetId}:${Date.parse(since)}`;
