import { parseTimeSpanMs } from '../../../local/host/timeSpan';

it.each([
  ['00:00:10', 10_000],
  ['01:30', 5_400_000],
  ['2.03:04:05', 183_845_000],
  ['00:00:00.2', 200],
  ['00:00:00.0500000', 50],
])('%s is %i ms', (text, ms) => {
  expect(parseTimeSpanMs(text)).toBe(ms);
});

it.each(['', '10', '24:00:00', '00:60:00', '00:00:60', '-00:00:01', '1d'])('"%s" is none', (text) => {
  expect(parseTimeSpanMs(text)).toBeUndefined();
});
