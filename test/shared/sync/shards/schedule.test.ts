import { hasTurn, slotOf } from '../../../../shared/sync/shards/schedule';
import { randomSource } from '../../../support/randomSource';

const random = randomSource(31);
const hex = (digits: number): string => Array.from({ length: digits }, () => random.below(16).toString(16)).join('');
const tenantIds = Array.from({ length: 400 }, () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`);
const midnightMs = Date.parse('2026-11-20T00:00:00Z');
const minute = (at: number): string => new Date(midnightMs + at * 60_000).toISOString().replace(/:\d\d\.\d{3}Z$/, 'Z');
const tenant = (tenantId: string, intervalSeconds?: number) => ({ tenantId, intervalSeconds });

/** Minutes of a day at which the tenant has its turn, where the timer never skips. */
const turnsOf = (tenantId: string, intervalSeconds: number, minutes = 1440): number[] =>
  Array.from({ length: minutes }, (_, at) => at).filter((at) =>
    hasTurn(tenant(tenantId, intervalSeconds), { slot: minute(at), since: minute(at - 1) }, 300),
  );

test('a slot names its minute', () => {
  expect(slotOf(Date.parse('2026-11-20T08:05:00.000Z'))).toBe('2026-11-20T08:05Z');
  expect(slotOf(Date.parse('2026-11-20T08:05:59.999Z'))).toBe('2026-11-20T08:05Z');
  expect(slotOf(Date.parse('0001-01-01T00:00:00Z'))).toBe('0001-01-01T00:00Z');
});

test.each([60, 120, 300, 420, 3600, 86_400])(
  'every tenant has exactly one turn in each interval of %i s, over a day of minutes',
  (intervalSeconds) => {
    const interval = intervalSeconds / 60;
    for (const tenantId of tenantIds.slice(0, 12)) {
      const turns = turnsOf(tenantId, intervalSeconds);
      expect(turns[0]!).toBeLessThan(interval);
      expect(turns).toEqual(turns.map((_, at) => turns[0]! + at * interval));
      expect(turns.at(-1)!).toBeGreaterThanOrEqual(1440 - interval);
    }
  },
);

test('a tenant without an interval of its own has the default one', () => {
  const [tenantId] = tenantIds as [string];
  const turns = Array.from({ length: 30 }, (_, at) => at).filter((at) =>
    hasTurn(tenant(tenantId), { slot: minute(at), since: minute(at - 1) }, 600),
  );
  expect(turns).toHaveLength(3);
});

test('an interval of part of a minute gives a turn at every minute, and at every fitting second of a faster timer', () => {
  expect(turnsOf(tenantIds[0]!, 20, 10)).toHaveLength(10);
  const slots = Array.from({ length: 61 }, (_, at) => slotOf(midnightMs + at * 1000, 1000));
  const turns = slots.slice(1).filter((slot, at) => hasTurn(tenant(tenantIds[0]!), { slot, since: slots[at]! }, 20));
  expect(turns).toHaveLength(3);
});

test('a slot of a timer that fires within the minute names its second', () => {
  expect(slotOf(Date.parse('2026-11-20T08:05:31.250Z'), 1000)).toBe('2026-11-20T08:05:31Z');
  expect(slotOf(Date.parse('2026-11-20T08:05:00.250Z'), 1000)).toBe('2026-11-20T08:05Z');
});

test('turns are spread over the interval', () => {
  const perMinute = Array.from(
    { length: 5 },
    (_, at) => tenantIds.filter((id) => hasTurn(tenant(id), { slot: minute(at), since: minute(at - 1) }, 300)).length,
  );
  expect(perMinute.reduce((sum, count) => sum + count, 0)).toBe(400);
  for (const count of perMinute) expect(count).toBeGreaterThan(40);
  expect(Math.max(...perMinute)).toBeLessThan(130);
});

test('a skipped timer minute is made up by the next run', () => {
  for (const tenantId of tenantIds.slice(0, 30)) {
    const turn = turnsOf(tenantId, 300, 5)[0]! + 5;
    expect(hasTurn(tenant(tenantId), { slot: minute(turn + 1), since: minute(turn) }, 300)).toBe(false);
    expect(hasTurn(tenant(tenantId), { slot: minute(turn + 1), since: minute(turn - 1) }, 300)).toBe(true);
    expect(hasTurn(tenant(tenantId), { slot: minute(turn + 3), since: minute(turn - 2) }, 300)).toBe(true);
  }
});

test('whatever minutes a timer skips, no turn is lost and none is given twice', () => {
  const skips = randomSource(32);
  const runs = Array.from({ length: 600 }, (_, at) => at).filter((at) => at === 0 || skips.below(4) > 0);
  for (const tenantId of tenantIds.slice(0, 20)) {
    const expected = turnsOf(tenantId, 300, 600).map((turn) => runs.find((run) => run >= turn));
    const given = runs.filter((run, at) =>
      hasTurn(tenant(tenantId), { slot: minute(run), since: minute(at === 0 ? -1 : runs[at - 1]!) }, 300),
    );
    expect(given).toEqual([...new Set(expected)].filter((run) => run !== undefined));
  }
});

test.each(['0001-01-01T00:00Z', '2026-11-19T00:00Z'])(
  'a run whose timer last ran at %s gives everyone a turn',
  (since) => {
    for (const tenantId of tenantIds)
      expect(hasTurn(tenant(tenantId, 86_400), { slot: minute(0), since }, 300)).toBe(true);
  },
);

test('a second run of the same minute gives no one a turn', () => {
  for (const tenantId of tenantIds)
    expect(hasTurn(tenant(tenantId, 60), { slot: minute(7), since: minute(7) }, 300)).toBe(false);
});
