import type { AppError } from '../../../../shared/errors';
import { fromDefenderAnswer } from '../../../../shared/incidents/defender/defenderError';

const nowMs = Date.parse('2026-11-20T08:00:00.000Z');
const errorBody = (code: string, message = 'm') => JSON.stringify({ error: { code, message, target: 'x' } });
const judge = (status: number, body = '', headers: Record<string, string> = {}): AppError =>
  fromDefenderAnswer({ status, headers, body }, 'tenant', nowMs);

test.each<[number, string, boolean]>([
  [400, 'ERR_CONTRACT', false],
  [401, 'ERR_CONSENT', false],
  [403, 'ERR_CONSENT', false],
  [404, 'ERR_CONTRACT', false],
  [408, 'ERR_UPSTREAM', true],
  [429, 'ERR_THROTTLED', false],
  [500, 'ERR_UPSTREAM', true],
  [503, 'ERR_UPSTREAM', true],
  [504, 'ERR_UPSTREAM', true],
  [302, 'ERR_CONTRACT', false],
])('%i is %s', (status, code, retryable) => {
  expect(judge(status, errorBody('x'))).toMatchObject({ code, retryable, tenantId: 'tenant' });
});

test.each<[number, string, string]>([
  [401, 'Unauthorized', 'licenceMissing'],
  [403, 'Forbidden', 'roleMissing'],
  [403, 'DisabledFeature', 'licenceMissing'],
  [403, 'DisallowedOperation', 'licenceMissing'],
])('%i %s is %s', (status, code, reason) => {
  expect(judge(status, errorBody(code))).toMatchObject({ reason, raw: `${status} ${code}` });
});

test('the wait of a 429 stands in its header, or in its body', () => {
  expect(judge(429, '', { 'retry-after': '33' })).toMatchObject({ retryAfterMs: 33_000 });
  expect(judge(429, errorBody('TooManyRequests', 'Try again in 37 seconds.'))).toMatchObject({ retryAfterMs: 37_000 });
  expect(judge(429, '{}')).toMatchObject({ retryAfterMs: 60_000 });
});

test('a 503 that names a wait is a throttle', () => {
  expect(judge(503, '', { 'retry-after': '7' })).toMatchObject({ code: 'ERR_THROTTLED', retryAfterMs: 7_000 });
});

test.each(['<html>Service unavailable</html>', '', '{"error":"odd"}', 'null', '{"value":[{"error":{}}]}'])(
  'the status decides where the body is %j',
  (body) => {
    expect(judge(500, body).code).toBe('ERR_UPSTREAM');
    expect(judge(403, body)).toMatchObject({ code: 'ERR_CONSENT', raw: '403' });
  },
);

test('a long refusal is cut, so that no payload ends up in a log', () => {
  expect(judge(400, errorBody('y'.repeat(10_000), 'x'.repeat(10_000))).message.length).toBeLessThan(400);
});
