import type { Time7 } from '../../../../shared/model/time7';
import { beginning } from '../../../../shared/model/time7';
import { cutsOf, divide, pagesIn } from '../../../../shared/sync/reading/divide';
import { randomSource } from '../../../support/randomSource';
import { second, shown } from './shownList';

const hour = 3_600;
const serverTime = second(20 * hour);
const page = (from: number, to: number, count = 50) =>
  Array.from({ length: count }, (_, at) => shown(at, second(from + ((to - from) * at) / Math.max(1, count - 1))));
const options = {
  through: second(hour),
  to: undefined,
  serverTime,
  freshMinutes: 60,
  page: page(0, hour),
  pageSize: 50,
  by: 'updated',
  readers: 8,
} as const;

describe('how many pages a range probably holds', () => {
  test('follows from how dense a page was', () => {
    const pages = pagesIn({ from: second(0), to: second(10 * hour) }, page(0, hour), 50, 'updated');
    expect(pages).toBeCloseTo(9.8);
  });

  test('is none after an empty page, and unknown where all lie in one instant', () => {
    const range = { from: second(0), to: second(10) };
    expect(pagesIn(range, [], 50, 'updated')).toBe(0);
    expect(pagesIn(range, page(5, 5), 50, 'updated')).toBe(Number.POSITIVE_INFINITY);
  });

  test('is the same whichever way the page is ordered', () => {
    const range = { from: second(0), to: second(10 * hour) };
    expect(pagesIn(range, [...page(0, hour)].reverse(), 50, 'updated')).toBe(
      pagesIn(range, page(0, hour), 50, 'updated'),
    );
  });
});

describe('cuts', () => {
  test('end equal parts', () => {
    expect(cutsOf(second(0), second(40), 4)).toEqual([second(10), second(20), second(30)]);
    expect(cutsOf(second(0), second(40), 1)).toEqual([]);
    expect(cutsOf(second(0), second(40), 0)).toEqual([]);
  });

  test('lie inside and in order, fewer where the range is shorter than its parts (500 seeds)', () => {
    const random = randomSource(5);
    for (let round = 0; round < 500; round += 1) {
      const from = random.next() * hour;
      const to = from + [0, 1e-7, 4e-7, 1, hour][random.below(5)]!;
      const parts = random.below(10);
      const cuts = cutsOf(second(from), second(to), parts);
      expect(cuts.length).toBeLessThanOrEqual(Math.max(0, parts - 1));
      expect([...new Set(cuts)].sort()).toEqual(cuts);
      for (const cut of cuts) expect(cut > second(from) && cut < second(to)).toBe(true);
    }
  });
});

describe('a range', () => {
  test('that is open keeps its newest hour as a part of its own', () => {
    const cuts = divide(options);
    expect(cuts).toHaveLength(6);
    expect(cuts.at(-1)).toBe(second(19 * hour));
  });

  test('that is open and not worth dividing still keeps it, where more than a page lies before', () => {
    const short = { ...options, through: second(17 * hour), page: page(15.5 * hour, 17 * hour) };
    expect(divide(short)).toEqual([second(19 * hour)]);
    expect(divide({ ...short, page: page(7 * hour, 17 * hour) })).toEqual([]);
  });

  test('that is closed is divided to its end', () => {
    const cuts = divide({ ...options, to: second(10 * hour) });
    expect(cuts).toEqual([4, 7].map((hours) => second(hours * hour)));
  });

  test('that holds less than three pages is not divided, nor where there is no second reader', () => {
    expect(divide({ ...options, to: second(3.9 * hour) })).toEqual([]);
    expect(divide({ ...options, readers: 1 })).toEqual([]);
  });

  test('that is read to its end is not divided', () => {
    expect(divide({ ...options, to: second(hour) })).toEqual([]);
    expect(divide({ ...options, through: serverTime })).toEqual([]);
  });

  test('of which only one instant was seen is divided among all readers', () => {
    expect(divide({ ...options, through: second(1), page: page(1, 1), to: second(hour) })).toHaveLength(7);
  });

  test('is cut inside, in order and among no more than the readers (500 seeds)', () => {
    const random = randomSource(9);
    for (let round = 0; round < 500; round += 1) {
      const through: Time7 = random.below(20) === 0 ? beginning : second(random.below(20 * hour));
      const to = random.below(2) === 0 ? undefined : second(random.below(20 * hour));
      const readers = random.below(9);
      const from = random.below(19 * hour);
      const seen = page(from, from + [0, 1e-7, 60, hour][random.below(4)]!, random.below(51));
      const cuts = divide({ ...options, through, to, readers, page: seen });
      expect(cuts.length).toBeLessThanOrEqual(Math.max(0, readers - 1));
      expect([...new Set(cuts)].sort()).toEqual(cuts);
      for (const cut of cuts) expect(cut > through && cut < (to ?? serverTime)).toBe(true);
      const fresh = second(19 * hour);
      if (to === undefined && through < fresh && cuts.length > 0) expect(cuts.at(-1)).toBe(fresh);
    }
  });
});
