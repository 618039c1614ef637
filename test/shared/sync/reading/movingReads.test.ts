import { UpstreamError } from '../../../../shared/errors';
import type { Time7 } from '../../../../shared/model/time7';
import { fromTicks } from '../../../../shared/model/time7';
import type { IncidentSource } from '../../../../shared/ports';
import type { RandomSource } from '../../../support/randomSource';
import { randomSource } from '../../../support/randomSource';
import { readingList } from './readingList';
import type { ShownList } from './shownList';
import { second, shownList } from './shownList';

const startSecond = 40_000;
const perSecond = 10_000_000n;

interface Day {
  readonly list: ShownList;
  /** Ends changes and faults. */
  readonly settle: () => void;
  readonly faults: { count: number };
}

/** A list that changes with every answer, fails now and then and leaves out a part now and then; its clock goes on. */
const dayOf = (seed: number, paging: IncidentSource['paging'], pageSize: number): Day => {
  const random = randomSource(seed);
  const faults = { count: 0 };
  let isQuiet = false;
  let nextId = 0;
  const list = shownList({
    paging,
    pageSize,
    now: second(startSecond),
    turns: () => random.below(4),
    before: () => {
      list.now += BigInt(random.below(20_000_000)) + 1n;
      if (isQuiet) return undefined;
      if (random.below(25) === 0) {
        faults.count += 1;
        throw new UpstreamError('503');
      }
      if (random.below(40) > 0) return undefined;
      faults.count += 1;
      return '206';
    },
    after: () => {
      if (isQuiet) return;
      for (let left = random.below(3); left > 0; left -= 1) list.put(random.below(nextId), notWhole(list.now));
      if (random.below(3) === 0) list.put((nextId += 1) - 1, notWhole(list.now));
      if (random.below(30) === 0) list.remove(random.below(nextId));
    },
  });
  for (const time of historyOf(random)) list.put((nextId += 1) - 1, time);
  return { list, faults, settle: () => (isQuiet = true) };
};

/** A server shows whole seconds; what changes later in one is never at its very start. */
const notWhole = (now: bigint): Time7 => fromTicks(now % perSecond === 0n ? now + 1n : now);

/** Spread, in bursts, in one instant: whatever the seed says. */
const historyOf = (random: RandomSource): Time7[] => {
  const times: Time7[] = [];
  for (let burst = random.below(5) + 1; burst > 0; burst -= 1) {
    const from = random.below(startSecond - 1);
    const span = [1, 60, 3_600, startSecond][random.below(4)] ?? 1;
    const count = random.below(60);
    for (let left = count; left > 0; left -= 1)
      times.push(second(Math.min(startSecond - 1, from + Math.floor(random.next() * span * 100) / 100)));
    if (random.below(4) === 0) for (let left = random.below(30); left > 0; left -= 1) times.push(second(from));
  }
  return times;
};

const runDay = async (seed: number, paging: IncidentSource['paging'], pageSize: number) => {
  const day = dayOf(seed, paging, pageSize);
  const { list } = day;
  const reader = readingList(list);
  const random = randomSource(seed + 1_000_000);
  const unaccounted: string[] = [];
  for (let run = 0; run < 12; run += 1) {
    await reader.pass(4 + random.below(40)).catch((error: unknown) => {
      if (!(error instanceof UpstreamError)) throw error;
    });
    unaccounted.push(...reader.unaccounted());
    list.now += BigInt(random.below(600)) * perSecond;
  }
  day.settle();
  const busyCalls = list.queries.length;
  const likelyCalls = 4 * (Math.ceil(list.versions.size / pageSize) + reader.cursor.gaps.length) + 20;
  // Waits between two tries of a gap double up to six hours.
  for (let run = 0; run < 10; run += 1) {
    list.now += 6n * 3_600n * perSecond;
    await reader.pass();
    unaccounted.push(...reader.unaccounted());
  }
  const isEndless = list.queries.length - busyCalls > likelyCalls;
  return { unaccounted, isEndless, missing: reader.missing(), gaps: reader.cursor.gaps, faults: day.faults.count };
};

const days = async (seeds: number, paging: IncidentSource['paging'], pageSize: number) => {
  let faults = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { faults: hit, ...day } = await runDay(seed, paging, pageSize);
    faults += hit;
    expect({ seed, ...day }).toEqual({ seed, unaccounted: [], isEndless: false, missing: [], gaps: [] });
  }
  return faults;
};

/** Pages far smaller than real ones, so that a list of hundreds has all the edges of one of thousands. */
test.each([
  ['keyset', 5],
  ['keyset', 20],
  ['slices', 5],
  ['slices', 20],
] as const)(
  'by %s in pages of %i: of a list that moves and fails nothing is lost, passed unsaid or read without end',
  async (paging, pageSize) => {
    expect(await days(80, paging, pageSize)).toBeGreaterThan(300);
  },
  120_000,
);
