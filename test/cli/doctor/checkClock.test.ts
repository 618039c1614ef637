import { checkClock } from '../../../cli/doctor/checkClock';

const sentMs = Date.parse('2026-11-21T12:00:00.400Z');
const gotMs = sentMs + 250;
const at = (date: string | undefined) => checkClock('clock', date, sentMs, gotMs);

test.each([
  ['the same second', 'Sat, 21 Nov 2026 12:00:00 GMT', 'ok', 'agree'],
  ['half a minute behind', 'Sat, 21 Nov 2026 12:00:25 GMT', 'ok', '24 s behind'],
  ['a minute ahead', 'Sat, 21 Nov 2026 11:59:00 GMT', 'warning', '59 s ahead'],
  ['five minutes and more behind', 'Sat, 21 Nov 2026 12:06:00 GMT', 'failed', '359 s behind'],
  ['no date', undefined, 'skipped', 'no Date'],
])('%s', (_, date, verdict, said) => {
  expect(at(date)).toMatchObject({ verdict, detail: expect.stringContaining(said) as string });
});

test('what lies within the second a Date names and the time the answer took is no difference', () => {
  expect(checkClock('clock', 'Sat, 21 Nov 2026 12:00:03 GMT', sentMs, sentMs + 3_000).verdict).toBe('ok');
  expect(checkClock('clock', 'Sat, 21 Nov 2026 12:00:03 GMT', sentMs, sentMs + 3_000).detail).toContain('agree');
});
