import type { StormState } from '../../../../shared/ticketing/rules/stormState';
import { countArrival, quiet, stormKeyOf, stormOf } from '../../../../shared/ticketing/rules/stormState';

const limit = { count: 3, minutes: 5 };
const minuteMs = 60_000;
const startMs = Date.parse('2026-11-20T08:00:00Z');

type Given = readonly (readonly [minute: number, severity: string])[];

const counted = (arrivals: Given, of = limit): StormState =>
  arrivals.reduce(
    (state: StormState, [minute], at) => countArrival(state, { atMs: startMs + minute * minuteMs, name: `${at}` }, of),
    quiet,
  );

/** Which go into a storm, as each finds it once its wait is over; `undefined`: a ticket of its own. */
const stormsOf = (arrivals: Given, of = limit): readonly (number | undefined)[] =>
  arrivals.map(([minute, severity]) => {
    const byThen = arrivals.filter(([other]) => other < minute + 1);
    const found = stormOf(counted(byThen, of), { heardAtMs: startMs + minute * minuteMs, severity }, of);
    return found && (found.sinceMs - startMs) / minuteMs;
  });

const low = (...minutes: readonly number[]): Given => minutes.map((minute) => [minute, 'low']);

test('of a slow storm the first `count` keep tickets of their own, but for who waits when it begins', () => {
  const none = undefined;
  expect(stormsOf(low(0, 1.5, 3, 4.5, 4.8))).toEqual([none, none, none, 4.5, 4.5]);
  expect(stormsOf(low(0, 1.5, 3.6, 4.5, 4.8))).toEqual([none, none, 4.5, 4.5, 4.5]);
});

test('of a burst none does', () => {
  expect(stormsOf(low(0, 0.1, 0.2, 0.3, 0.4))).toEqual([0.3, 0.3, 0.3, 0.3, 0.3]);
});

test('it lasts until the minutes have passed without one too many, and is one storm', () => {
  const none = undefined;
  expect(stormsOf(low(0, 1.5, 3, 4.5, 9.4))).toEqual([none, none, none, 4.5, 4.5]);
  expect(stormsOf(low(0, 1.5, 3, 4.5, 9.6))).toEqual([none, none, none, 4.5, none]);
  // Around the limit for an hour: not one ticket an arrival that is above it.
  const around = Array.from({ length: 50 }, (_, at) => at * 1.2 + (at % 5 === 4 ? 0.9 : 0));
  expect(new Set(stormsOf(low(...around)).filter((since) => since !== undefined)).size).toBe(1);
});

test('no more than `count` in any of its minutes get tickets of their own, however they come', () => {
  let random = 7;
  const next = (below: number): number => (random = (random * 48_271) % 2_147_483_647) % below;
  let [singles, stormed] = [0, 0];
  for (let run = 0; run < 30; run += 1) {
    const minutes = Array.from({ length: 60 }, () => next(600) / 10).sort((one, other) => one - other);
    const storms = stormsOf(low(...minutes));
    const own = minutes.filter((_, at) => storms[at] === undefined);
    for (const minute of own)
      expect(own.filter((other) => other > minute - limit.minutes && other <= minute).length).toBeLessThanOrEqual(
        limit.count,
      );
    singles += own.length;
    stormed += minutes.length - own.length;
  }
  expect(Math.min(singles, stormed)).toBeGreaterThan(0);
});

test('of high severity, or of none that is known, each gets its own, and counts', () => {
  expect(
    stormsOf([
      ...low(3),
      ...([
        [3, 'high'],
        [3, 'HIGH'],
        [3, 'grave'],
      ] as const),
    ]),
  ).toEqual([3, undefined, undefined, undefined]);
});

test('who is counted again counts once', () => {
  const again = Array.from({ length: 20 }, () => 'same').reduce(
    (state: StormState, name) => countArrival(state, { atMs: startMs, name }, limit),
    quiet,
  );
  expect(again).toMatchObject({ arrivals: [[startMs, 1]], storms: [] });
});

test('what came in a storm is of that one for ever, also when others were since', () => {
  const state = counted([...low(0, 0, 0, 0), ...low(60, 60, 60, 60)]);
  expect(state.storms.map(({ sinceMs }) => (sinceMs - startMs) / minuteMs)).toEqual([0, 60]);
  expect(stormOf(state, { heardAtMs: startMs, severity: 'low' }, limit)?.sinceMs).toBe(startMs);
});

test('what is kept stays small: ten thousand in a day, storm after storm', () => {
  const day = { count: 10_000, minutes: 1_440 };
  const arrivals = Array.from({ length: 12_000 }, (_, at) => [at * 0.12, 'low'] as const);
  const state = counted(arrivals, day);
  expect(state.storms).toHaveLength(1);
  expect(JSON.stringify(state).length).toBeLessThan(20_000);
  const bursts = Array.from({ length: 50 }, (_, at) => low(at * 20, at * 20, at * 20, at * 20)).flat();
  expect(counted(bursts).storms).toHaveLength(30);
});

test('the key of its ticket names the storm', () => {
  expect(stormKeyOf('scope', 'all.desk', { sinceMs: 5 })).toBe('scope:storm:all.desk:5');
});
