import { retryAfterMs } from '../../../shared/incidents/retryAfter';

const nowMs = Date.parse('2026-11-20T08:00:00.000Z');

test.each<[string, string | undefined, number]>([
  ['a number is delay in seconds, not a timestamp', '120', 120_000],
  ['spaces around a number do not matter', ' 5 ', 5_000],
  ['zero waits a second', '0', 1_000],
  ['an HTTP date is waited for', 'Fri, 20 Nov 2026 08:02:30 GMT', 150_000],
  ['a date of this very moment waits a second', 'Fri, 20 Nov 2026 08:00:00 GMT', 1_000],
  ['a date in the past is not usable: a minute', 'Fri, 20 Nov 2026 07:59:59 GMT', 60_000],
  ['no header: a minute', undefined, 60_000],
  ['an empty header: a minute', '', 60_000],
  ['a text: a minute', 'soon', 60_000],
  ['more than an hour in seconds is an hour', '3601', 3_600_000],
  ['a timestamp in seconds is not usable: a minute', '1795161600', 60_000],
  ['more than an hour as a date is an hour', 'Sat, 21 Nov 2026 08:00:00 GMT', 3_600_000],
])('%s', (_, header, wait) => {
  expect(retryAfterMs(header, nowMs)).toBe(wait);
});

test.each(['-5', '-1000', '1.5', '0x10', 'Infinity', 'NaN'])(
  '%s is never below a second nor above an hour',
  (header) => {
    expect(retryAfterMs(header, nowMs)).toBeGreaterThanOrEqual(1_000);
    expect(retryAfterMs(header, nowMs)).toBeLessThanOrEqual(3_600_000);
  },
);
