import type { Time7 } from '../../../../shared/model/time7';
import { beginning, toTicks } from '../../../../shared/model/time7';
import { planJoined } from '../../../../shared/sync/reading/planJoined';
import type { Stretch } from '../../../../shared/sync/reading/stretch';
import { randomSource } from '../../../support/randomSource';
import { second, shown } from './shownList';

const hour = 3_600;
const day = 24 * hour;
const pageSize = 100;
const everyCall = Number.POSITIVE_INFINITY;

/** A full page whose newest row is of `to` and which spans so many seconds. */
const page = (to: number, span: number, now = to): Stretch => ({
  incidents: Array.from({ length: pageSize }, (_, at) => shown(at, second(to - (at * span) / (pageSize - 1)))),
  poisoned: [],
  through: undefined,
  doubts: [],
  serverTime: second(now),
  complete: false,
});
const closed = (from: Time7, to: Time7) => ({ from, to, by: 'updated' as const });
const hoursOf = (from: Time7): number => Math.round(Number(toTicks(from) - toTicks(second(0))) / 36e9);

test('what one reader can take on is left whole', () => {
  const plan = planJoined(closed(second(0), second(10 * hour)), page(10 * hour, hour), pageSize, everyCall);
  expect(plan).toMatchObject({ own: { from: second(0) }, others: [] });
  expect(plan.own.calls).toBeGreaterThan(9);
});

test('of more, the newest eight pages are its own, and the rest is another reader’s', () => {
  const { own, others } = planJoined(closed(second(0), second(20 * hour)), page(20 * hour, hour), pageSize, everyCall);
  expect(hoursOf(own.from)).toBe(12);
  expect(others).toMatchObject([{ from: second(0) }]);
});

test('above the newest there is nothing, however long', () => {
  const slice = closed(second(0), second(500 * hour));
  expect(planJoined(slice, page(10 * hour, hour, 500 * hour), pageSize, everyCall).others).toEqual([]);
});

test('where nobody knows how far back the list reaches, half of what is likely is looked into apart, with one call', () => {
  const now = 180 * day;
  const { own, others } = planJoined(closed(beginning, second(now)), page(now, 2 * day), pageSize, everyCall);
  expect(hoursOf(own.from) / 24).toBeCloseTo(180 - 16, 0);
  expect(others.map(({ from }) => (from === beginning ? from : Math.round(hoursOf(from) / 24)))).toEqual([
    127,
    90,
    beginning,
  ]);
  expect(others.at(-1)?.calls).toBe(1);
});

test('its own part is no larger than the calls that may be made for it, unless they are too few for any', () => {
  const slice = closed(second(0), second(10 * hour));
  const planned = (room: number) => planJoined(slice, page(10 * hour, hour), pageSize, room);
  expect(hoursOf(planned(5).own.from)).toBe(5);
  expect(planned(5).own.calls).toBeLessThanOrEqual(5);
  expect(planned(5).others).toMatchObject([{ from: second(0) }]);
  expect(planned(1)).toMatchObject({ own: { from: second(0) }, others: [] });
});

test('a page of a single instant tells nothing', () => {
  const slice = closed(second(0), second(10 * hour));
  expect(planJoined(slice, page(10 * hour, 0), pageSize, everyCall)).toMatchObject({
    own: { from: second(0) },
    others: [],
  });
});

test('the parts lie inside the slice, in order, and reach down to its start (500 seeds)', () => {
  const random = randomSource(3);
  for (let round = 0; round < 500; round += 1) {
    const to = 1 + random.below(400 * day);
    const from = random.below(4) === 0 ? beginning : second(random.below(to));
    const slice = closed(from, second(to));
    const shownPage = page(random.below(to + 1), random.below(3) * random.below(day), to);
    const { own, others } = planJoined(slice, shownPage, pageSize, random.below(60));
    const starts = [own, ...others].map((part) => part.from);
    expect(starts.at(-1)).toBe(from);
    expect([...new Set(starts)].sort().reverse()).toEqual(starts);
    expect(starts.every((start) => start <= slice.to)).toBe(true);
    for (const { calls } of [own, ...others]) expect(calls).toBeGreaterThanOrEqual(1);
  }
});
