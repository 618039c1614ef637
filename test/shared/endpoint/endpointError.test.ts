import { fromEndpointAnswer } from '../../../shared/endpoint/endpointError';
import type { AppError } from '../../../shared/errors';

const nowMs = Date.parse('2026-11-20T08:00:00.000Z');
const errorBody = (code: string, message = 'm') => JSON.stringify({ error: { code, message, target: 'x' } });
const judge = (status: number, body = '', headers: Record<string, string> = {}): AppError =>
  fromEndpointAnswer({ status, headers, body }, 'tenant', nowMs);

test.each<[number, string, string, boolean]>([
  [400, 'BadRequest', 'ERR_CONTRACT', false],
  [400, 'OsPlatformNotSupported', 'ERR_REQUEST', false],
  [400, 'ClientVersionNotSupported', 'ERR_REQUEST', false],
  [400, 'ActiveRequestAlreadyInProgress', 'ERR_CONFLICT', false],
  [400, 'ActiveRequestAlreadyExists', 'ERR_CONFLICT', false],
  [400, 'toString', 'ERR_CONTRACT', false],
  [401, 'Unauthorized', 'ERR_CONSENT', false],
  [403, 'Forbidden', 'ERR_CONSENT', false],
  [404, 'ResourceNotFound', 'ERR_CONTRACT', false],
  [408, '', 'ERR_UPSTREAM', true],
  [429, 'TooManyRequests', 'ERR_THROTTLED', false],
  [500, 'InternalServerError', 'ERR_UPSTREAM', true],
  [504, '', 'ERR_UPSTREAM', true],
])('%i %s is %s', (status, name, code, retryable) => {
  expect(judge(status, errorBody(name))).toMatchObject({ code, retryable });
});

test('an action under way is told by its documented words alone, whatever the code', () => {
  expect(judge(400, errorBody('BadRequest', 'Action is already in progress')).code).toBe('ERR_CONFLICT');
  expect(judge(500, errorBody('x', 'Action is already in progress')).code).toBe('ERR_UPSTREAM');
});

test.each<[number, string, string]>([
  [401, 'Unauthorized', 'licenceMissing'],
  [403, 'Forbidden', 'roleMissing'],
  [403, 'DisabledFeature', 'licenceMissing'],
])('%i %s is %s', (status, code, reason) => {
  expect(judge(status, errorBody(code))).toMatchObject({ reason, raw: `${status} ${code}` });
});

test('the wait of a 429 is its header’s, a minute without one', () => {
  expect(judge(429, '', { 'retry-after': '33' })).toMatchObject({ retryAfterMs: 33_000 });
  expect(judge(429, '{}')).toMatchObject({ retryAfterMs: 60_000 });
});

test.each(['<html>', '', 'null', '{"value":[{"error":{}}]}'])('the status decides where the body is %j', (body) => {
  expect(judge(500, body).code).toBe('ERR_UPSTREAM');
  expect(judge(403, body).code).toBe('ERR_CONSENT');
});

test('a long refusal is cut, so that no payload ends up in a log', () => {
  expect(judge(400, errorBody('y'.repeat(10_000), 'x'.repeat(10_000))).message.length).toBeLessThan(400);
});
