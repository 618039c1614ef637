import { newRunId, runIdTime } from '../../../shared/model/runId';

test('a run id is its start in milliseconds, then a random part in lower case', () => {
  expect(newRunId(1_795_161_600_123, 'ABCDEF0123456789abcdef')).toBe('1795161600123-abcdef012345');
});

test('its start can be read from it', () => {
  expect(runIdTime('1795161600123-abcdef012345')).toBe(1_795_161_600_123);
  expect(runIdTime(newRunId(5, 'abcdefgh'))).toBe(5);
});

test.each([
  '',
  'state',
  '1795161600123',
  '1795161600123-',
  '1795161600123-short',
  '1795161600123-ABCDEFGH',
  'x1795161600123-abcdefgh',
  '1795161600123-abcdefgh/..',
  '1795161600123-abcdefgh\n',
])('%j is no run id', (text) => {
  expect(runIdTime(text)).toBeUndefined();
});
