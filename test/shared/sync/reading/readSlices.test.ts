import { UpstreamError } from '../../../../shared/errors';
import type { Time7 } from '../../../../shared/model/time7';
import type { IncidentSource } from '../../../../shared/ports';
import { randomSource } from '../../../support/randomSource';
import { readingList } from './readingList';
import type { ShownListOptions } from './shownList';
import { second, shownList, upTo } from './shownList';

const day = 86_400;
const days = 90;
const now = second(days * day);

/** So many incidents, the nth at `timeOf` it; the most calls that were ever under way are counted. */
const filled = (
  paging: IncidentSource['paging'],
  count: number,
  timeOf: (id: number) => Time7,
  options: Partial<ShownListOptions> = {},
) => {
  const list = shownList({ paging, now, turns: () => 3, ...options });
  const sideBySide = { now: 0, most: 0 };
  const given = list.source;
  const source: IncidentSource = {
    ...given,
    listChanged: async (query) => {
      sideBySide.now += 1;
      sideBySide.most = Math.max(sideBySide.most, sideBySide.now);
      try {
        return await given.listChanged(query);
      } finally {
        sideBySide.now -= 1;
      }
    },
  };
  for (const id of upTo(count)) list.put(id, timeOf(id));
  return { list: Object.assign(list, { source }), sideBySide };
};
const spread = (count: number, seed: number, over = days) => {
  const random = randomSource(seed);
  const times = Array.from({ length: count }, () => second(random.next() * over * day));
  return (id: number): Time7 => times[id] ?? now;
};

/** As many passes of 50 calls as it takes. */
const readOut = async (list: ReturnType<typeof filled>['list'], most = 60) => {
  const reader = readingList(list);
  for (let pass = 1; pass <= most; pass += 1) {
    const { state } = await reader.pass(50);
    const queries = list.queries.length;
    if (state === 'succeeded' && reader.cursor.gaps.length === 0) return { reader, passes: pass, queries };
    expect(reader.unaccounted()).toEqual([]);
    list.now += 600_000_000n;
  }
  throw new Error('it is never read out');
};

test('by keyset 2,000 incidents take ⌈n / 50⌉ calls and one a slice, eight slices at a time (10 seeds)', async () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const { list, sideBySide } = filled('keyset', 2_000, spread(2_000, seed));
    const reader = readingList(list);
    expect(await reader.pass()).toMatchObject({ state: 'succeeded' });
    expect(reader.missing()).toEqual([]);
    const slices = new Set(list.queries.map(({ to }) => to)).size;
    expect(list.queries.length).toBeLessThanOrEqual(2_000 / 50 + slices);
    expect(sideBySide.most).toBeLessThanOrEqual(8);
    expect(sideBySide.most).toBeGreaterThanOrEqual(6);
  }
});

test.each([100, 500, 1_000, 2_000, 5_000])(
  'by slices %i quiet incidents, spread over all that Defender keeps, take no more than 1.1 × ⌈n / 100⌉ + 1 calls (10 seeds)',
  async (count) => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const { list } = filled('slices', count, spread(count, seed, 178), { now: second(178 * day) });
      const reader = readingList(list);
      expect(await reader.pass()).toMatchObject({ state: 'succeeded' });
      expect(reader.missing()).toEqual([]);
      expect(reader.cursor.gaps).toEqual([]);
      expect(list.queries.length).toBeLessThanOrEqual(1.1 * Math.ceil(count / 100) + 1);
    }
  },
);

test.each([100, 500, 1_000, 2_000, 5_000])(
  'by slices %i quiet incidents of a shorter history take at most one call more, for half of what Defender might keep is empty (10 seeds)',
  async (count) => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const { list, sideBySide } = filled('slices', count, spread(count, seed));
      const reader = readingList(list);
      expect(await reader.pass()).toMatchObject({ state: 'succeeded' });
      expect(reader.missing()).toEqual([]);
      expect(list.queries.length).toBeLessThanOrEqual(1.1 * Math.ceil(count / 100) + 2);
      // Eight readers, each with six pages asked ahead at the most.
      expect(sideBySide.most).toBeLessThanOrEqual(8 * 7);
    }
  },
);

test.each([
  [5_000, 2],
  [10_000, 3],
])(
  'by slices %i incidents in runs of 40 calls are read in %i: what a run cannot finish it does not begin (10 seeds)',
  async (count, runs) => {
    let calls = 0;
    for (let seed = 1; seed <= 10; seed += 1) {
      const { list } = filled('slices', count, spread(count, seed));
      const reader = readingList(list);
      for (let run = 0; run < runs; run += 1) {
        await reader.pass(40);
        list.now += 600_000_000n;
      }
      expect(reader.missing()).toEqual([]);
      expect(reader.cursor.gaps).toEqual([]);
      calls += list.queries.length;
    }
    expect(calls / 10).toBeLessThanOrEqual(1.2 * Math.ceil(count / 100));
  },
);

test.each(['keyset', 'slices'] as const)(
  'by %s other slices are begun before what the first page shows is taken in',
  async (paging) => {
    const { list } = filled(paging, 2_000, spread(2_000, 1));
    const asked: number[] = [];
    const reader = readingList(list, 60, async () => {
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      asked.push(list.queries.length);
    });
    await reader.pass();
    expect(asked[0]).toBeGreaterThanOrEqual(6);
    expect(reader.missing()).toEqual([]);
  },
);

const hour = 3_600;
const shapes: readonly (readonly [name: string, timeOf: (id: number) => Time7])[] = [
  ['all in one hour, a week ago', (id) => second(83 * day + (id * hour) / 2_600)],
  ['all in the last hour', (id) => second(days * day - hour + (id * hour) / 2_600)],
  ['in ten bursts of a minute', (id) => second(((id % 10) + 1) * 8 * day + (id * 60) / 2_600)],
  ['ever denser towards now', (id) => second(days * day * (1 - 1 / (1 + id / 20)))],
  ['ever sparser towards now', (id) => second((days * day) / (1 + id / 20))],
  ['half in one second, half spread', (id) => second(id % 2 === 0 ? 40 * day + id / 2_600 : (id * days * day) / 2_600)],
  ['in pairs of one instant', (id) => second(Math.floor(id / 2) * 1_000)],
  ['400 in one instant among the others', (id) => second(id < 400 ? 30 * day : (id * days * day) / 2_600)],
];

test.each(shapes)('by keyset 2,600 incidents %s are read out in a few runs', async (_, timeOf) => {
  const { list } = filled('keyset', 2_600, timeOf);
  const { reader, passes, queries } = await readOut(list);
  expect(reader.missing()).toEqual([]);
  expect(passes).toBeLessThanOrEqual(4);
  expect(queries).toBeLessThanOrEqual(150);
});

test.each(shapes)('by slices 2,600 incidents %s are read out in a few runs', async (_, timeOf) => {
  const { list } = filled('slices', 2_600, timeOf);
  const { reader, passes, queries } = await readOut(list);
  expect(reader.missing()).toEqual([]);
  expect(passes).toBeLessThanOrEqual(5);
  expect(queries).toBeLessThanOrEqual(200);
});

test.each(['keyset', 'slices'] as const)('by %s incidents all of one instant are read out', async (paging) => {
  const { list } = filled(paging, 450, () => second(40 * day));
  const { reader, queries } = await readOut(list);
  expect(reader.missing()).toEqual([]);
  expect(queries).toBeLessThanOrEqual(60);
});

test.each(['keyset', 'slices'] as const)(
  'by %s more of one instant than can be read stays a gap, and all else is read',
  async (paging) => {
    const { list } = filled(paging, 4_000, (id) => second(id < 3_000 ? 40 * day : id * 100));
    const reader = readingList(list);
    for (let pass = 0; pass < 8; pass += 1) {
      await reader.pass(50);
      list.now += 600_000_000n;
      expect(reader.unaccounted()).toEqual([]);
    }
    expect(reader.missing().every((id) => Number(id) < 3_000)).toBe(true);
    expect(reader.cursor.gaps).toMatchObject([{ reason: 'more incidents share one update time than the list serves' }]);
    expect(reader.cursor.gaps[0]!.from <= second(40 * day) && reader.cursor.gaps[0]!.to >= second(40 * day)).toBe(true);
    // A gap that is tried in vain is tried ever more rarely, and stays.
    for (let hours = 0; hours < 48; hours += 1) {
      list.now += 36_000_000_000n;
      await reader.pass(50);
      expect(reader.unaccounted()).toEqual([]);
    }
    expect(reader.cursor.gaps).toHaveLength(1);
  },
);

test.each(['keyset', 'slices'] as const)('by %s what is fresh is read first, whatever the backlog', async (paging) => {
  const { list } = filled(paging, 6_000, spread(5_990, 3));
  for (let id = 5_990; id < 6_000; id += 1) list.put(id, second(days * day - 6_000 + id));
  const reader = readingList(list);
  expect(await reader.pass(50)).toMatchObject({ state: 'partial' });
  for (let id = 5_990; id < 6_000; id += 1) expect(reader.held.has(`${id}`)).toBe(true);
  list.now += 600_000_000n;
  list.put('new', second(days * day + 30));
  await reader.pass(50);
  expect(reader.held.has('new')).toBe(true);
});

describe('a range that fails while others can be read', () => {
  test('by keyset is put off as a whole, and read when it can be', async () => {
    let isBroken = true;
    const { list } = filled('keyset', 2_000, spread(2_000, 4), {
      before: ({ from, to }) => {
        // Beginnings are fine; what comes later of the slices of the first third fails.
        if (isBroken && to !== undefined && to < second(30 * day) && from > second(5 * day))
          throw new UpstreamError('503');
        return undefined;
      },
    });
    const reader = readingList(list);
    await reader.pass();
    expect(reader.unaccounted()).toEqual([]);
    expect(reader.missing().length).toBeGreaterThan(0);
    expect(reader.missing().length).toBeLessThan(1_000);
    expect(reader.cursor.gaps.length).toBeGreaterThan(0);
    isBroken = false;
    list.now += 6n * 36_000_000_000n;
    await reader.pass();
    expect(reader.missing()).toEqual([]);
    expect(reader.cursor.gaps).toEqual([]);
  });

  test('by slices is cut around the one incident it fails of, the others are read in the same run', async () => {
    const { list } = filled('slices', 900, (id) => second(id * 60));
    list.poison(400);
    const reader = readingList(list);
    await reader.pass(200);
    expect(reader.unaccounted()).toEqual([]);
    expect(reader.missing().length).toBeLessThanOrEqual(1);
    expect(reader.cursor.gaps).toHaveLength(1);
    list.heal();
    list.now += 6n * 36_000_000_000n;
    await reader.pass();
    expect(reader.missing()).toEqual([]);
    expect(reader.cursor.gaps).toEqual([]);
  });

  test('by slices, where it is the open one, is cut off at its end, and what comes later is read', async () => {
    const { list } = filled('slices', 50, (id) => second(days * day - 50 + id));
    const reader = readingList(list);
    await reader.pass();
    list.poison(20);
    list.now += 600_000_000n;
    list.put('next', second(days * day + 55));
    await reader.pass(50).catch(() => undefined);
    list.now += 600_000_000n;
    list.put('later', second(days * day + 100));
    await reader.pass(50).catch(() => undefined);
    expect(reader.held.has('later')).toBe(true);
    expect(reader.unaccounted()).toEqual([]);
  });
});

test('by slices more poisoned incidents than are read at once are no outage: all others are stored', async () => {
  const { list } = filled('slices', 1_200, (id) => second((id * days * day) / 1_200));
  const reader = readingList(list);
  const poisoned = upTo(12).map((part) => part * 100 + 50);
  for (const id of poisoned) list.poison(id);
  for (let pass = 0; pass < 60; pass += 1) {
    await reader.pass(50).catch(() => undefined);
    expect(reader.unaccounted()).toEqual([]);
    list.now += 600_000_000n;
  }
  expect(reader.missing().sort()).toEqual(poisoned.map(String).sort());
});

test.each(['keyset', 'slices'] as const)('by %s an outage is thrown, and costs few calls', async (paging) => {
  let isOut = false;
  const { list } = filled(paging, 60, spread(60, 5), {
    before: () => {
      if (isOut) throw new UpstreamError('503');
      return undefined;
    },
  });
  const reader = readingList(list);
  await reader.pass();
  isOut = true;
  const before = list.queries.length;
  for (let minute = 0; minute < 360; minute += 5) {
    list.now += 5n * 600_000_000n;
    await expect(reader.pass(50)).rejects.toBeInstanceOf(UpstreamError);
    expect(reader.unaccounted()).toEqual([]);
  }
  expect((list.queries.length - before) / 72).toBeLessThanOrEqual(16);
  isOut = false;
  list.put('new', second(days * day + 10_000));
  const recovery = list.queries.length;
  await reader.pass(50);
  expect(reader.held.has('new')).toBe(true);
  for (let pass = 0; pass < 3; pass += 1) await reader.pass(50);
  expect(reader.missing()).toEqual([]);
  expect(reader.cursor.gaps).toEqual([]);
  expect(list.queries.length - recovery).toBeLessThanOrEqual(10);
});
