import { CallsSpent } from '../../../../shared/errors';
import type { Cursor } from '../../../../shared/model/cursor';
import { emptyCursor } from '../../../../shared/model/cursor';
import type { ObservedIncident } from '../../../../shared/model/incident';
import type { Time7 } from '../../../../shared/model/time7';
import { fromTicks } from '../../../../shared/model/time7';
import type { IncidentSource } from '../../../../shared/ports';
import type { PassEnd } from '../../../../shared/sync/run/runPass';
import { runPass } from '../../../../shared/sync/run/runPass';
import { steppingDown } from '../../../../shared/sync/reading/stepDown';
import type { ShownList } from './shownList';

export interface ListReader {
  readonly held: Map<string, Time7>;
  readonly cursor: Cursor;
  /** One pass that may make so many calls. @throws what the list throws; what was read before is kept, as a run keeps it */
  pass(calls?: number): Promise<PassEnd>;
  /** Incidents at or before the head, as the list shows them now, that are neither held nor inside a gap. */
  unaccounted(): string[];
  /** Incidents that are not held as the list shows them now. */
  missing(): string[];
}

/**
 * The real passes over a list in memory, storing into a map at once: what is proved with it is about reading only.
 * @param beforeTakingIn what is waited for before a stretch is stored
 */
export const readingList = (
  list: ShownList,
  overlapMinutes = 60,
  beforeTakingIn = (): Promise<void> => Promise.resolve(),
): ListReader => {
  const held = new Map<string, Time7>();
  let cursor: Cursor = emptyCursor;
  const isHeld = (id: string, time: Time7): boolean => (held.get(id) ?? '') >= time;
  const keep = ({ header, version }: ObservedIncident): void => {
    if (!isHeld(header.incidentId, version)) held.set(header.incidentId, version);
  };
  return {
    held,
    get cursor() {
      return cursor;
    },
    pass: (calls = Number.POSITIVE_INFINITY) => {
      const { source, left } = limited(list.source, calls);
      const nowMs = (): number => Number(list.now / 10_000n);
      return runPass({
        source,
        readPage: steppingDown(source, () => Promise.resolve(new Set())),
        writer: {
          get cursor() {
            return cursor;
          },
          mark: (change) => (cursor = change(cursor)),
        },
        clock: { now: nowMs, elapsedMs: nowMs },
        overlapMinutes,
        freshMinutes: overlapMinutes,
        now: () => fromTicks(list.now),
        callsLeft: left,
        lookAhead: () => Promise.resolve(),
        takeIn: async ({ incidents }) => {
          await beforeTakingIn();
          incidents.forEach(keep);
        },
        flushFull: () => Promise.resolve(),
      });
    },
    unaccounted: () =>
      [...list.versions]
        .filter(([id, time]) => time <= (cursor.head ?? '') && !isHeld(id, time))
        .filter(([, time]) => !cursor.gaps.some(({ from, to }) => from <= time && time <= to))
        .map(([id]) => id),
    missing: () => [...list.versions].filter(([id, time]) => held.get(id) !== time).map(([id]) => id),
  };
};

/** After so many calls of any kind it answers none. */
const limited = (
  source: IncidentSource,
  calls: number,
): { readonly source: IncidentSource; readonly left: () => number } => {
  let left = calls;
  const spend = <T>(call: () => Promise<T>): Promise<T> => {
    left -= 1;
    return left < 0 ? Promise.reject(new CallsSpent()) : call();
  };
  return {
    source: {
      ...source,
      listChanged: (query) => spend(() => source.listChanged(query)),
      get: (...args) => spend(() => source.get(...args)),
      withAlerts: (incident) => spend(() => source.withAlerts(incident)),
    },
    left: () => Math.max(0, left),
  };
};
