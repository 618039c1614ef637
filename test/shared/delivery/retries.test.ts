import { maxTries, retryDelayMs } from '../../../shared/delivery/retries';

const table = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

test('ten tries over 75 hours, each delay within a fifth of the table', () => {
  expect(maxTries).toBe(10);
  for (let event = 0; event < 200; event += 1)
    table.forEach((seconds, at) => {
      const delay = (retryDelayMs(`evt_${event}`, at + 1) ?? 0) / 1000;
      expect(delay).toBeGreaterThanOrEqual(seconds * 0.8);
      expect(delay).toBeLessThanOrEqual(seconds * 1.2);
    });
  expect(retryDelayMs('evt', 10)).toBeUndefined();
});

test('events spread, and one event falls on the same time however often it is computed', () => {
  const delays = new Set(Array.from({ length: 100 }, (_, event) => retryDelayMs(`evt_${event}`, 4)));
  expect(delays.size).toBeGreaterThan(95);
  expect(retryDelayMs('evt_1', 4)).toBe(retryDelayMs('evt_1', 4));
});

test('what the target asks for is the least', () => {
  expect(retryDelayMs('evt', 1, 60_000)).toBe(60_000);
  expect(retryDelayMs('evt', 4, 60_000)).toBeGreaterThan(60_000);
});
