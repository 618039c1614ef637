import type { Rhythm } from '../../../../shared/model/tenantState';
import type { Time7 } from '../../../../shared/model/time7';
import { isSilent, rhythmAfter } from '../../../../shared/sync/run/rhythm';
import type { RandomSource } from '../../../support/randomSource';
import { randomSource } from '../../../support/randomSource';

const startMs = Date.UTC(2026, 8, 1);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const at = (ms: number): Time7 => new Date(startMs + ms).toISOString().replace('Z', '0000Z') as Time7;

const steady = (count: number, everyMs: number): Rhythm => {
  let rhythm = rhythmAfter(undefined, at(0));
  for (let n = 1; n < count; n += 1) rhythm = rhythmAfter(rhythm, at(n * everyMs));
  return rhythm;
};

describe('silence', () => {
  test.each([
    ['before twenty changes is not known', steady(19, hourMs), 18 + 1_000, false],
    ['of an hourly tenant begins after ten hours', steady(20, hourMs), 19 + 10, false],
    ['of an hourly tenant is told right after', steady(20, hourMs), 19 + 10.001, true],
    ['of a tenant that changes each minute begins after six hours', steady(60, 60_000), 59 / 60 + 6, false],
    ['of a tenant that changes each minute is told right after', steady(60, 60_000), 59 / 60 + 6.001, true],
  ])('%s', (_name, rhythm, hours, silent) => {
    expect(isSilent(rhythm, at(hours * hourMs))).toBe(silent);
  });

  test('is not said of a tenant that is not read, or never brought anything', () => {
    expect(isSilent(steady(50, hourMs), undefined)).toBe(false);
    expect(isSilent(undefined, at(dayMs))).toBe(false);
  });
});

test('a server time that goes back changes nothing', () => {
  const rhythm = steady(30, hourMs);
  expect(rhythmAfter(rhythm, at(0))).toBe(rhythm);
});

/** Times of changes that come by chance, one in `meanMs` in the long run, as passes of five minutes see them. */
const byChance = (random: RandomSource, meanMs: number, days: number): number[] => {
  const times: number[] = [];
  for (let ms = 0; ms < days * dayMs; ms -= meanMs * Math.log(1 - random.next()))
    times.push(Math.ceil(ms / 300_000) * 300_000);
  return times;
};

/** A pause in which silence is told is one at whose end it is told: silence only grows. */
const liveThrough = (changes: readonly number[], countedFrom = 0): { alarms: number; rhythm: Rhythm } => {
  let rhythm = rhythmAfter(undefined, at(changes[0] ?? 0));
  let alarms = 0;
  for (const ms of changes) {
    if (ms >= countedFrom && isSilent(rhythm, at(ms))) alarms += 1;
    rhythm = rhythmAfter(rhythm, at(ms));
  }
  return { alarms, rhythm };
};

/**
 * A pause of ten means comes once in e^10 = 22,000 changes. An hourly tenant has 720 changes a month, so one month in thirty may see an
 * alarm for nothing. The mean is not known but learned, of its last hundred changes at best: that makes it one in twenty.
 */
test.each([0.5, 1, 4, 12])(
  'of 300 months with a change every %d hours by chance, at most one in twenty sees a false alarm',
  (hours) => {
    let months = 0;
    for (let seed = 1; seed <= 300; seed += 1)
      if (liveThrough(byChance(randomSource(seed), hours * hourMs, 30)).alarms > 0) months += 1;
    expect(months).toBeLessThanOrEqual(15);
  },
);

test('nights and weekends are no silence once the tenant has lived through a week', () => {
  const isAtWork = (ms: number): boolean => {
    const when = new Date(startMs + ms);
    const isWorkday = when.getUTCDay() > 0 && when.getUTCDay() < 6;
    return isWorkday && when.getUTCHours() >= 7 && when.getUTCHours() < 19;
  };
  for (let seed = 1; seed <= 50; seed += 1) {
    const changes = byChance(randomSource(seed), hourMs / 2, 42).filter(isAtWork);
    expect(liveThrough(changes, 8 * dayMs).alarms).toBe(0);
  }
});

test.each([0.5, 1, 4])(
  'a tenant with a change every %d hours by chance that falls silent is told of within a day, or 24 times its pause',
  (hours) => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const changes = byChance(randomSource(seed), hours * hourMs, 30);
      const { rhythm } = liveThrough(changes);
      expect(isSilent(rhythm, at((changes.at(-1) ?? 0) + 24 * Math.max(1, hours) * hourMs))).toBe(true);
    }
  },
);

test('the worst pause of a year is remembered as a week at the most, and fades', () => {
  const before = steady(100, hourMs);
  const broken = rhythmAfter(before, at(90 * dayMs));
  expect(broken.longestMs).toBe(7 * dayMs);
  let rhythm = broken;
  for (let n = 1; n <= 400; n += 1) rhythm = rhythmAfter(rhythm, at(90 * dayMs + n * hourMs));
  expect(rhythm.longestMs).toBeLessThan(3.2 * dayMs);
});
