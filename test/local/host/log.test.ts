import { formatEntry, passesLevel, toLogLevel, type LogLevel } from '../../../local/host/log';

const levels: Record<string, LogLevel> = {
  default: 'Warning',
  Function: 'Information',
  'Function.noisy': 'None',
  'Host.Queues': 'Error',
};

it.each<[string, LogLevel, boolean]>([
  ['Function.work.User', 'Information', true],
  ['Function.work.User', 'Debug', false],
  ['Function.noisy.User', 'Critical', false],
  ['Function.noisyToo.User', 'Information', true],
  ['Host.Startup', 'Information', false],
  ['Host.Startup', 'Warning', true],
  ['Host.Queues', 'Warning', false],
])('%s at %s: %s, by the longest category that is a prefix', (category, level, passes) => {
  expect(passesLevel({ category, level }, levels)).toBe(passes);
});

it('without any setting Information and above pass; an override beats every setting', () => {
  expect(passesLevel({ category: 'Host.Startup', level: 'Debug' }, {})).toBe(false);
  expect(passesLevel({ category: 'Host.Startup', level: 'Information' }, {})).toBe(true);
  expect(passesLevel({ category: 'Function.noisy', level: 'Trace' }, levels, 'Trace')).toBe(true);
});

it('an entry is one line: time, level, function, message', () => {
  const entry = { time: '2026-11-21T08:09:10.123Z', level: 'Error' as const, category: 'Host.Queues', message: 'a\nb' };
  expect(formatEntry(entry)).toBe('08:09:10 Error [Host.Queues] a ⏎ b');
  expect(formatEntry({ ...entry, functionName: 'work' })).toBe('08:09:10 Error [work] a ⏎ b');
});

it('a level is known in any casing', () => {
  expect([toLogLevel('WARNING'), toLogLevel('loud')]).toEqual(['Warning', undefined]);
});
