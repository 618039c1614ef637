import { CallsSpent } from '../../../../shared/errors';
import { rateLimits } from '../../../../shared/incidents/limits';
import type { CallLog } from '../../../../shared/model/tenantState';
import { noCalls } from '../../../../shared/model/tenantState';
import type { RunPermits } from '../../../../shared/sync/limits/permits';
import { createPermits } from '../../../../shared/sync/limits/permits';
import { virtualClock } from '../../../support/inProcessRelay';
import type { RandomSource } from '../../../support/randomSource';
import { randomSource } from '../../../support/randomSource';

const limits = rateLimits.defender;
const minuteMs = 60_000;

/** The storage's clock; one instance's clock may stand anywhere, only its pace counts. */
const world = () => {
  const storage = virtualClock('2026-11-20T08:00:00.000Z');
  const waits: number[] = [];
  const made: number[] = [];
  const begin = (log: CallLog, change: Partial<Parameters<typeof createPermits>[0]> = {}): RunPermits =>
    createPermits({
      clock: { now: () => 0, elapsedMs: () => storage.elapsedMs() },
      pause: (ms) => {
        waits.push(ms);
        storage.advance(ms);
        return Promise.resolve();
      },
      isStopping: () => false,
      limits,
      log,
      nowMs: storage.now(),
      ...change,
    });
  /** Calls until it may make no more, each of so many milliseconds. */
  const callOn = async (permits: RunPermits, callMs: () => number, most = 1_000): Promise<number> => {
    for (let calls = 0; calls < most; calls += 1) {
      try {
        await permits.take();
      } catch (error) {
        if (error instanceof CallsSpent) return calls;
        throw error;
      }
      made.push(storage.now());
      storage.advance(callMs());
    }
    return most;
  };
  return { storage, waits, made, begin, callOn };
};

/** Most calls within any window of that length. */
const mostWithin = (times: readonly number[], windowMs: number): number => {
  let [most, from] = [0, 0];
  for (const [at, time] of times.entries()) {
    while (time - (times[from] ?? 0) >= windowMs) from += 1;
    most = Math.max(most, at - from + 1);
  }
  return most;
};
const ms = (count: number) => () => count;

test('a run makes 50 calls at the most', async () => {
  const { begin, callOn } = world();
  const permits = begin(noCalls, { limits: rateLimits.graph });
  expect(await callOn(permits, ms(100))).toBe(50);
  expect(permits.used).toBe(50);
});

test('or as many as it is given', async () => {
  const { begin, callOn } = world();
  expect(await callOn(begin(noCalls, { maxCalls: 7 }), ms(100))).toBe(7);
});

test('within a minute it uses four fifths of the limit, the rest is for updates', async () => {
  const { begin, callOn } = world();
  expect(await callOn(begin(noCalls), ms(100))).toBe(40);
});

test('for a call that becomes free within two seconds it waits, for none longer', async () => {
  const { begin, callOn, storage, waits } = world();
  const first = begin(noCalls);
  expect(await callOn(first, ms(0))).toBe(40);
  expect(waits).toEqual([]);
  storage.advance(59_000);
  const second = begin(first.log);
  expect(await callOn(second, ms(0), 10)).toBe(10);
  expect(waits).toEqual([1_010]);
});

test('a call waits for what leaves the window, not for more', async () => {
  const { begin, callOn, storage, waits } = world();
  const first = begin(noCalls);
  await callOn(first, ms(1_000), 40);
  const second = begin(first.log);
  storage.advance(20_000);
  // One call leaves the window each second.
  expect(await callOn(second, ms(0), 3)).toBe(3);
  expect(waits.every((wait) => wait <= 1_000)).toBe(true);
});

test('a run that is taken away, or that the other side asked to wait, makes no further call', async () => {
  const { begin, callOn } = world();
  let stopping = false;
  const permits = begin(noCalls, { isStopping: () => stopping });
  expect(await callOn(permits, ms(0), 3)).toBe(3);
  stopping = true;
  expect(await callOn(permits, ms(0))).toBe(0);
  const closed = begin(noCalls);
  closed.close();
  expect(await callOn(closed, ms(0))).toBe(0);
});

test('no call begins in a wait, wherever it was heard; where another instance may have heard one, the row is looked at first', async () => {
  const { begin, callOn } = world();
  const heard = { isHeldOff: true, isStale: false, look: () => Promise.resolve() };
  expect(await callOn(begin(noCalls, { waits: heard }), ms(0))).toBe(0);
  const told = { isHeldOff: false, isStale: true, looks: 0 };
  const look = (): Promise<void> => {
    Object.assign(told, { isHeldOff: true, isStale: false, looks: told.looks + 1 });
    return Promise.resolve();
  };
  expect(await callOn(begin(noCalls, { waits: Object.assign(told, { look }) }), ms(0))).toBe(0);
  expect(told.looks).toBe(1);
});

test('a call that needs the lease waits until it is written, and none begins once it is lost', async () => {
  const { begin, callOn } = world();
  const lease = { isLost: false, isHeld: false, renewals: 0, isDue: (calls: number) => calls >= 2 && !lease.isHeld };
  const renew = (): Promise<void> => {
    Object.assign(lease, { isHeld: true, renewals: lease.renewals + 1 });
    return Promise.resolve();
  };
  const permits = begin(noCalls, { lease: Object.assign(lease, { renew }) });
  expect(await callOn(permits, ms(0), 5)).toBe(5);
  expect(lease.renewals).toBe(1);
  lease.isLost = true;
  expect(await callOn(permits, ms(0))).toBe(0);
});

test('what was heard while the lease was written binds the call that waited for it', async () => {
  const { begin, callOn } = world();
  const renew = (): Promise<void> => {
    permits.close();
    return Promise.resolve();
  };
  const permits = begin(noCalls, { lease: { isLost: false, isDue: () => true, renew } });
  expect(await callOn(permits, ms(0))).toBe(0);
});

test('a run ends after four minutes', async () => {
  const { begin, callOn } = world();
  expect(await callOn(begin(noCalls), ms(30_001))).toBe(8);
});

test('the log forgets what is out of both windows', async () => {
  const { begin, callOn, storage } = world();
  const permits = begin(noCalls);
  await callOn(permits, ms(1_000), 5);
  expect(permits.log.hundredths).toHaveLength(5);
  storage.advance(2 * minuteMs);
  expect(permits.log.hundredths).toEqual([]);
  expect(permits.log.minutes).toEqual([[Math.floor(Date.parse('2026-11-20T08:00:00.000Z') / minuteMs), 5]]);
  storage.advance(61 * minuteMs);
  expect(permits.log).toEqual({ hundredths: [], minutes: [] });
});

test('readers side by side take no more than one after the other would', async () => {
  const { begin, made, storage } = world();
  const permits = begin(noCalls);
  const taken = await Promise.allSettled(
    Array.from({ length: 100 }, async () => {
      await permits.take();
      made.push(storage.now());
    }),
  );
  expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(40);
  expect(permits.used).toBe(40);
});

/** Runs one after the other, now on this and now on that instance, at any distance and of any speed. */
const schedule = async (random: RandomSource, hours: number) => {
  const { storage, made, waits, begin, callOn } = world();
  let log = noCalls;
  while (storage.elapsedMs() < hours * 60 * minuteMs) {
    // Where the row was lost its log goes with it; nothing else may be forgotten.
    const permits = begin(log);
    const pace = [0, 20, 200, 1_500][random.below(4)] ?? 0;
    await callOn(permits, () => random.below(pace + 1), 1 + random.below(60));
    log = JSON.parse(JSON.stringify(permits.log)) as CallLog;
    storage.advance(random.below([1, 2_000, 20_000, 90_000][random.below(4)] ?? 1));
  }
  return { made, waits };
};

test('under any schedule no window holds more than four fifths of its limit, and no wait is longer than two seconds (40 seeds)', async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const { made, waits } = await schedule(randomSource(seed), 3);
    const most = {
      seed,
      minute: mostWithin(made, minuteMs) <= limits.perMinute * 0.8,
      hour: mostWithin(made, 60 * minuteMs) <= limits.perHour * 0.8,
      waits: Math.max(0, ...waits) <= 2_000,
    };
    expect(most).toEqual({ seed, minute: true, hour: true, waits: true });
    expect(made.length).toBeGreaterThan(1_000);
  }
}, 60_000);

test.each([
  ['at once', 0],
  ['a second each', 1_000],
])('a backlog read at one tick a minute with calls answered %s uses 95 % of the reads’ share', async (_, callMs) => {
  const { storage, made, begin, callOn } = world();
  let log = noCalls;
  for (let tick = 0; tick < 180; tick += 1) {
    const permits = begin(log);
    await callOn(permits, ms(callMs));
    log = permits.log;
    storage.advance(Math.max(0, (tick + 1) * minuteMs - storage.elapsedMs()));
  }
  // Three hours: the hour's share is the narrower one.
  expect(made.length).toBeGreaterThanOrEqual(0.95 * 3 * limits.perHour * 0.8);
  expect(mostWithin(made, 60 * minuteMs)).toBeLessThanOrEqual(limits.perHour * 0.8);
});

test('100 pages of backlog are read within three ticks of a minute', async () => {
  const { storage, made, begin, callOn } = world();
  let log = noCalls;
  for (let tick = 0; tick < 3; tick += 1) {
    const permits = begin(log);
    await callOn(permits, ms(200), 100 - made.length);
    log = permits.log;
    storage.advance(Math.max(0, (tick + 1) * minuteMs - storage.elapsedMs()));
  }
  expect(made).toHaveLength(100);
});

test('what is left is what may still be called without a longer wait than a run takes upon itself', async () => {
  const { storage, begin, callOn } = world();
  const first = begin(noCalls);
  expect(first.left).toBe(40);
  expect(await callOn(first, ms(100), 30)).toBe(30);
  expect(first.left).toBe(10);
  expect(begin(first.log, { maxCalls: 4 }).left).toBe(4);
  // The first of them leaves the minute in two seconds.
  storage.advance(minuteMs - 30 * 100 - 1_990);
  const second = begin(first.log);
  expect(second.left).toBe(11);
  expect(await callOn(second, ms(0))).toBeGreaterThanOrEqual(11);
  expect(second.left).toBe(0);
  first.close();
  expect(first.left).toBe(0);
});
