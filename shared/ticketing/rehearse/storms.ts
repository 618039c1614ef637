import type { Connection } from '../../model/connection';
import { targetIdOf } from '../../model/connection';
import { isHigh } from '../rules/severity';
import type { StormState } from '../rules/stormState';
import { countArrival, quiet, stormKeyOf, stormOf, stormWaitMs } from '../rules/stormState';

/** An incident that gets its first ticket, and what is to be made of it. */
export interface Arrived<What> {
  readonly incidentId: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly severity: string | null;
  readonly what: What;
}

export interface Placed<What> {
  readonly what: What;
  /** The key of the storm's ticket it goes into; null: it gets its own. */
  readonly stormKey: string | null;
}

/** As deliveries do it: each counts as it comes, and waits a minute for a storm. */
export interface Storms<What> {
  /** Those for whom it is known by then where they go. Called in the order of `atMs`. */
  take(arrived: Arrived<What>): readonly Placed<What>[];
  /** All that still wait. */
  rest(): readonly Placed<What>[];
}

export const startStorms = <What>({
  scope,
  connectionId,
  storm: limit,
}: Pick<Connection, 'scope' | 'connectionId' | 'storm'>): Storms<What> => {
  if (limit === undefined) return { take: ({ what }) => [{ what, stormKey: null }], rest: () => [] };
  let state: StormState = quiet;
  let waiting: readonly Arrived<What>[] = [];
  const place = ({ atMs, severity, what }: Arrived<What>): Placed<What> => {
    const storm = stormOf(state, { heardAtMs: atMs, severity }, limit);
    const targetId = targetIdOf({ scope, connectionId });
    return { what, stormKey: storm === undefined ? null : stormKeyOf(scope, targetId, storm) };
  };
  return {
    take: (arrived) => {
      const { atMs, incidentId: name, severity } = arrived;
      const over = waiting.filter((one) => one.atMs + stormWaitMs <= atMs).map(place);
      waiting = waiting.slice(over.length);
      state = countArrival(state, { atMs, name }, limit);
      const placed = place(arrived);
      if (placed.stormKey !== null || isHigh(severity)) return [...over, placed];
      waiting = [...waiting, arrived];
      return over;
    },
    rest: () => {
      const rest = waiting.map(place);
      waiting = [];
      return rest;
    },
  };
};
