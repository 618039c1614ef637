import {
  createSystemClock,
  formatHttpDate,
  formatTime7,
  formatTimeTrimmed,
  parseTime7,
} from '../../../../local/microsoft/world/time7';

describe('time7', () => {
  test('two times 100 ns apart are different ticks', () => {
    expect(parseTime7('2026-11-20T12:00:00.0000001Z')! - parseTime7('2026-11-20T12:00:00Z')!).toBe(1n);
  });

  test.each([
    ['2026-11-20T12:00:00Z', '2026-11-20T12:00:00.0000000Z'],
    ['2026-11-20T12:00:00.5Z', '2026-11-20T12:00:00.5000000Z'],
    ['2026-11-20T12:00:00.1234567Z', '2026-11-20T12:00:00.1234567Z'],
  ])('%s has the seven-digit form %s and comes back trimmed', (text, full) => {
    expect(formatTime7(parseTime7(text)!)).toBe(full);
    expect(formatTimeTrimmed(parseTime7(full)!)).toBe(text);
  });

  test.each([
    '2026-11-20T12:00:00',
    '2026-11-20T12:00:00.12345678Z',
    '2026-11-20T12:00:00+00:00',
    '2025-07-03T12:16:01+053088Z',
    '2026-02-30T12:00:00Z',
    '2026-13-01T12:00:00Z',
    '2026-11-20',
    '',
  ])('%s is no time', (text) => {
    expect(parseTime7(text)).toBeUndefined();
  });

  test('an HTTP date drops the fraction', () => {
    expect(formatHttpDate(parseTime7('2026-11-20T12:00:00.9999999Z')!)).toBe('Fri, 20 Nov 2026 12:00:00 GMT');
  });

  test('the system clock never gives one tick twice', () => {
    const clock = createSystemClock();
    const ticks = Array.from({ length: 5_000 }, clock);
    expect(new Set(ticks).size).toBe(5_000);
    expect(ticks).toEqual([...ticks].sort((first, second) => (first < second ? -1 : 1)));
  });
});
