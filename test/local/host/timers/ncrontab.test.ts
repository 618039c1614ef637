import { parseNcrontab } from '../../../../local/host/timers/ncrontab';

function nextThree(expression: string, from: string): (string | undefined)[] {
  const schedule = parseNcrontab(expression);
  const found: (string | undefined)[] = [];
  let time: Date | undefined = new Date(from);
  while (found.length < 3 && time) {
    time = schedule.next(time);
    found.push(time?.toISOString());
  }
  return found;
}

it.each([
  [
    '0 */5 * * * *',
    '2026-11-21T00:00:00Z',
    ['2026-11-21T00:05:00.000Z', '2026-11-21T00:10:00.000Z', '2026-11-21T00:15:00.000Z'],
  ],
  [
    '*/5 * * * *',
    '2026-11-21T23:56:00Z',
    ['2026-11-22T00:00:00.000Z', '2026-11-22T00:05:00.000Z', '2026-11-22T00:10:00.000Z'],
  ],
  [
    '*/20 * * * * *',
    '2026-11-21T00:00:59.900Z',
    ['2026-11-21T00:01:00.000Z', '2026-11-21T00:01:20.000Z', '2026-11-21T00:01:40.000Z'],
  ],
  [
    '5/20 0 0 * * *',
    '2026-11-21T00:00:00Z',
    ['2026-11-21T00:00:05.000Z', '2026-11-21T00:00:25.000Z', '2026-11-21T00:00:45.000Z'],
  ],
  [
    '0 30 2 * * *',
    '2026-11-21T02:30:00Z',
    ['2026-11-22T02:30:00.000Z', '2026-11-23T02:30:00.000Z', '2026-11-24T02:30:00.000Z'],
  ],
  [
    '0 0 9-17/4 * * Mon-Fri',
    '2026-11-20T17:00:00Z',
    ['2026-11-23T09:00:00.000Z', '2026-11-23T13:00:00.000Z', '2026-11-23T17:00:00.000Z'],
  ],
  [
    '0 30 9 * January monday',
    '2026-11-21T00:00:00Z',
    ['2027-01-04T09:30:00.000Z', '2027-01-11T09:30:00.000Z', '2027-01-18T09:30:00.000Z'],
  ],
  [
    '0 0 0 29 2 *',
    '2026-11-21T00:00:00Z',
    ['2028-02-29T00:00:00.000Z', '2032-02-29T00:00:00.000Z', '2036-02-29T00:00:00.000Z'],
  ],
])('%s after %s', (expression, from, expected) => {
  expect(nextThree(expression, from)).toEqual(expected);
});

it('day and day of week must both hold: Friday the 13th', () => {
  expect(nextThree('0 0 0 13 * 5', '2026-11-14T00:00:00Z')).toEqual([
    '2027-08-13T00:00:00.000Z',
    '2028-10-13T00:00:00.000Z',
    '2029-04-13T00:00:00.000Z',
  ]);
});

it('a date that never comes has no occurrence', () => {
  expect(parseNcrontab('0 0 0 31 2 *').next(new Date('2026-11-21T00:00:00Z'))).toBeUndefined();
});

it.each([
  ['', 'needs 6 fields'],
  ['* * * *', 'needs 6 fields'],
  ['0 0 0 0 1 * *', 'needs 6 fields'],
  ['60 * * * * *', '"60" is no second (0 to 59)'],
  ['0 0 24 * * *', '"24" is no hour (0 to 23)'],
  ['0 0 0 * * 7', '"7" is no day of week (0 to 6)'],
  ['0 0 0 ? * *', '"?" is no day (1 to 31)'],
  ['0 0 0 L * *', '"L" is no day (1 to 31)'],
  ['0 5-1 * * * *', '"5-1" is no minute (0 to 59)'],
  ['0 */0 * * * *', '"*/0" is no minute (0 to 59)'],
  ['0 0 0 1 smarch *', '"smarch" is no month (1 to 12)'],
  ['@hourly', 'needs 6 fields'],
  ['00:05:00', 'time span'],
])('"%s" is refused: %s', (expression, reason) => {
  expect(() => parseNcrontab(expression)).toThrow(reason);
});
