import type { Time7 } from '../../../shared/model/time7';
import { fromHttpDate, fromTicks, justAfter, minusMinutes, toTicks, toTime7 } from '../../../shared/model/time7';

describe('toTime7', () => {
  it.each([
    ['2026-11-19T08:12:03Z', '2026-11-19T08:12:03.0000000Z'],
    ['2026-11-19T08:14:10.8Z', '2026-11-19T08:14:10.8000000Z'],
    ['2026-11-19T08:12:03.6266667Z', '2026-11-19T08:12:03.6266667Z'],
    ['2026-11-19T08:12:03.123456789Z', '2026-11-19T08:12:03.1234567Z'],
    ['2026-11-19T09:12:03.5+01:00', '2026-11-19T08:12:03.5000000Z'],
  ])('brings %s into seven digits of UTC', (given, expected) => {
    expect(toTime7(given)).toBe(expected);
  });

  it.each(['2025-07-03T12:16:01+053088Z', '', 'yesterday', '2026-13-01T00:00:00Z', '2026-11-19', null, 42, undefined])(
    'gives no time for %p',
    (given) => {
      expect(toTime7(given)).toBeUndefined();
    },
  );

  it('orders what raw strings order wrongly', () => {
    const [earlier, later] = ['2026-01-01T00:00:57.3Z', '2026-01-01T00:00:57.3000001Z'];
    expect([earlier, later].sort()).toEqual([later, earlier]);
    expect([later, earlier].map(toTime7).sort()).toEqual([toTime7(earlier), toTime7(later)]);
  });
});

it('ticks keep all seven digits both ways', () => {
  for (const time of ['2026-11-19T08:12:03.6266667Z', '1970-01-01T00:00:00.0000001Z', '0001-01-01T00:00:00.0000000Z'])
    expect(fromTicks(toTicks(time as Time7))).toBe(time);
});

it('the next instant is 100 nanoseconds later, across a second too', () => {
  expect(justAfter('2026-11-19T08:12:03.9999999Z' as Time7)).toBe('2026-11-19T08:12:04.0000000Z');
});

it('minutes are taken off across midnight', () => {
  expect(minusMinutes('2026-03-01T00:30:00.0000007Z' as Time7, 60)).toBe('2026-02-28T23:30:00.0000007Z');
});

it('a Date header is a whole second; a broken or missing one is no time', () => {
  expect(fromHttpDate('Sat, 21 Nov 2026 00:41:07 GMT')).toBe('2026-11-21T00:41:07.0000000Z');
  expect(fromHttpDate('soon')).toBeUndefined();
  expect(fromHttpDate(undefined)).toBeUndefined();
});
