import { asksToWait, retryAfterMs } from '../../../shared/incidents/retryAfter';

const nowMs = Date.parse('2026-11-20T08:00:00.000Z');
const waitOf = (header: string | undefined, body: unknown = '', date?: string): number =>
  retryAfterMs(
    { headers: { 'retry-after': header, date }, body: typeof body === 'string' ? body : JSON.stringify(body) },
    nowMs,
  );

test.each<[string, string | undefined, number]>([
  ['a number is delay in seconds, not a timestamp', '120', 120_000],
  ['spaces around a number do not matter', ' 5 ', 5_000],
  ['zero waits a second', '0', 1_000],
  ['a part of a second is not rounded away', '2.5', 2_500],
  ['an HTTP date is waited for', 'Fri, 20 Nov 2026 08:02:30 GMT', 150_000],
  ['a date of this very moment waits a second', 'Fri, 20 Nov 2026 08:00:00 GMT', 1_000],
  ['a date in the past is not usable: a minute', 'Fri, 20 Nov 2026 07:59:59 GMT', 60_000],
  ['no header: a minute', undefined, 60_000],
  ['an empty header: a minute', '', 60_000],
  ['a text: a minute', 'soon', 60_000],
  ['more than an hour in seconds is an hour', '3601', 3_600_000],
  ['a timestamp in seconds is not usable: a minute', '1795161600', 60_000],
  ['more than an hour as a date is an hour', 'Sat, 21 Nov 2026 08:00:00 GMT', 3_600_000],
  ['a negative number is not usable: a minute', '-5', 60_000],
  ['a large negative number is not usable: a minute', '-1000', 60_000],
  ['no number at all is not usable: a minute', 'NaN', 60_000],
  ['an endless wait is not usable: a minute', 'Infinity', 60_000],
  ['another base is not usable: a minute', '0x10', 60_000],
])('%s', (_, header, wait) => {
  expect(waitOf(header)).toBe(wait);
});

test('a date is measured against the answer’s own clock, whatever ours says', () => {
  expect(waitOf('Fri, 20 Nov 2026 08:12:30 GMT', '', 'Fri, 20 Nov 2026 08:12:00 GMT')).toBe(30_000);
  expect(waitOf('Fri, 20 Nov 2026 07:50:20 GMT', '', 'Fri, 20 Nov 2026 07:50:00 GMT')).toBe(20_000);
});

const refusal = (message: string, more: object = {}) => ({ error: { code: 'TooManyRequests', message, ...more } });

test.each<[string, unknown, number]>([
  ['a field of seconds', { retryAfter: 12 }, 12_000],
  ['a field of seconds as text', { retryAfter: '12' }, 12_000],
  ['a field inside the error', { error: { retryAfter: 7, message: 'in 99 seconds' } }, 7_000],
  ['a field inside the inner error', { error: { innerError: { retryAfterSeconds: 8 } } }, 8_000],
  ['seconds in words', refusal('Too many requests. Try again in 37 seconds.'), 37_000],
  ['minutes in words', refusal('Rate limit exceeded; please try again in 2 minutes'), 120_000],
  ['an hour in words', refusal('You may retry after 1 hour.'), 3_600_000],
  ['the wait, not the rule before it', refusal('50 calls per 1 minute exceeded. Wait for another 9 secs.'), 9_000],
  ['a span of hours, minutes, seconds', refusal('Calls can be resumed in 00:01:05'), 65_000],
  ['a moment', refusal('Quota is reset; calls resume at 2026-11-20T08:00:42Z'), 42_000],
  ['words outside of JSON', 'Rate limit is exceeded. Try again in 14 seconds.', 14_000],
  ['more than an hour in words is an hour', refusal('try again in 5 hours'), 3_600_000],
  ['a negative number in words: a minute', refusal('try again in -5 seconds'), 60_000],
  ['a negative field: a minute', { retryAfter: -5 }, 60_000],
  ['a moment that is over: a minute', refusal('calls resume at 2026-11-20T07:59:00Z'), 60_000],
  ['no word of a wait: a minute', refusal('Too many requests'), 60_000],
  ['a number that is no wait: a minute', refusal('50 calls in 1 minute are allowed'), 60_000],
  ['HTML: a minute', '<html><body>429</body></html>', 60_000],
  ['a list: a minute', [refusal('try later')], 60_000],
  ['nothing: a minute', '', 60_000],
])('without a header the body tells: %s', (_, body, wait) => {
  expect(waitOf(undefined, body)).toBe(wait);
});

test('the header comes before the body, and the body before a header nobody can use', () => {
  expect(waitOf('3', refusal('try again in 37 seconds'))).toBe(3_000);
  expect(waitOf('later', refusal('try again in 37 seconds'))).toBe(37_000);
});

test('a megabyte of body is not searched', () => {
  expect(waitOf(undefined, `${' again'.repeat(200_000)} in 5 seconds`)).toBe(60_000);
});

test('a 429 asks to wait, and a 503 that names how long', () => {
  expect(asksToWait({ status: 429, headers: {} })).toBe(true);
  expect(asksToWait({ status: 503, headers: { 'retry-after': '5' } })).toBe(true);
  expect(asksToWait({ status: 503, headers: {} })).toBe(false);
  expect(asksToWait({ status: 500, headers: { 'retry-after': '5' } })).toBe(false);
});
