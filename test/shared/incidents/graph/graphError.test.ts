import type { AppError } from '../../../../shared/errors';
import { ConsentError, ThrottledError } from '../../../../shared/errors';
import { fromGraphAnswer } from '../../../../shared/incidents/graph/graphError';

const nowMs = Date.parse('2026-11-20T08:00:00.000Z');
const errorBody = (code: string, message = 'm') => JSON.stringify({ error: { code, message } });
const judge = (status: number, body = '', headers: Record<string, string> = {}): AppError =>
  fromGraphAnswer({ status, headers, body }, 'tenant', nowMs);

test.each<[number, string, boolean]>([
  [400, 'ERR_CONTRACT', false],
  [401, 'ERR_CONSENT', false],
  [403, 'ERR_CONSENT', false],
  [404, 'ERR_CONTRACT', false],
  [408, 'ERR_UPSTREAM', true],
  [429, 'ERR_THROTTLED', false],
  [500, 'ERR_UPSTREAM', true],
  [502, 'ERR_UPSTREAM', true],
  [503, 'ERR_UPSTREAM', true],
  [504, 'ERR_UPSTREAM', true],
  [302, 'ERR_CONTRACT', false],
])('%i is %s', (status, code, retryable) => {
  expect(judge(status, errorBody('x'))).toMatchObject({ code, retryable, tenantId: 'tenant' });
});

test('401 after a fresh token is the licence, 403 the missing role', () => {
  const [licence, role] = [judge(401, errorBody('Unauthorized')), judge(403, errorBody('Forbidden'))];
  expect(licence).toBeInstanceOf(ConsentError);
  expect(licence).toMatchObject({ reason: 'licenceMissing', raw: '401 Unauthorized' });
  expect(role).toMatchObject({ reason: 'roleMissing', raw: '403 Forbidden' });
});

test('429 carries the wait that was asked for', () => {
  const error = judge(429, '', { 'retry-after': '33' });
  expect(error).toBeInstanceOf(ThrottledError);
  expect(error).toMatchObject({ retryAfterMs: 33_000 });
});

test('a 503 that names a wait is a throttle', () => {
  expect(judge(503, '', { 'retry-after': '7' })).toMatchObject({ code: 'ERR_THROTTLED', retryAfterMs: 7_000 });
});

test('the wait of a 429 may stand in its body only', () => {
  expect(judge(429, errorBody('TooManyRequests', 'Try again in 37 seconds.'))).toMatchObject({ retryAfterMs: 37_000 });
});

test.each(['<html>Service unavailable</html>', '', '{"error":"odd"}', 'null'])(
  'the status decides where the body is %j',
  (body) => {
    expect(judge(503, body).code).toBe('ERR_UPSTREAM');
    expect(judge(403, body)).toMatchObject({ code: 'ERR_CONSENT', raw: '403' });
  },
);

test('a code inside a 403 does not change what it means', () => {
  expect(judge(403, errorBody('TooManyRequests')).code).toBe('ERR_CONSENT');
});

test('a long refusal is cut, so that no payload ends up in a log', () => {
  expect(judge(400, errorBody('BadRequest', 'x'.repeat(10_000))).message.length).toBeLessThan(300);
});
