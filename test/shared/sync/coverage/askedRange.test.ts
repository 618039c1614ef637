import { RequestError } from '../../../../shared/errors';
import type { Time7 } from '../../../../shared/model/time7';
import { beginning } from '../../../../shared/model/time7';
import { askedRange } from '../../../../shared/sync/coverage/askedRange';
import { time } from './coverageFacts';

const nowMs = Date.parse('2026-11-20T08:00:00Z');
const onTime = { readThrough: time('11-20 07:57'), nowMs, toleratedMs: 20 * 60_000 };
const late = { ...onTime, readThrough: time('11-20 02:00') };
const ask = (from: Time7 | undefined, to: Time7 | undefined, facts: Parameters<typeof askedRange>[1] = onTime) => {
  const range = askedRange({ from, to }, facts);
  return `${range.from.slice(5, 16)} ${range.to.slice(5, 16)}`;
};

describe('a question', () => {
  test.each([
    ['without a range means the day before readThrough', undefined, undefined, onTime, '11-19T07:57 11-20T07:57'],
    ['without a range ends now where reading stands still', undefined, undefined, late, '11-19T08:00 11-20T08:00'],
    [
      'of a tenant never read ends now',
      undefined,
      undefined,
      { ...onTime, readThrough: undefined },
      '11-19T08:00 11-20T08:00',
    ],
    ['with an end means the day before it', undefined, time('11-05 12:00'), onTime, '11-04T12:00 11-05T12:00'],
    ['with a start goes to readThrough', time('11-05 12:00'), undefined, onTime, '11-05T12:00 11-20T07:57'],
    ['with a start after readThrough goes to now', time('11-20 07:58'), undefined, onTime, '11-20T07:58 11-20T08:00'],
    ['with both means both', time('11-05 12:00'), time('12-05 12:00'), late, '11-05T12:00 12-05T12:00'],
  ])('%s', (_name, from, to, facts, range) => {
    expect(ask(from, to, facts)).toBe(range);
  });

  test.each([
    ['reversed', time('11-06 00:00'), time('11-05 00:00'), 'from'],
    ['empty', time('11-06 00:00'), time('11-06 00:00'), 'from'],
    ['from the future on', time('11-20 08:00:01'), undefined, 'from'],
    ['to the beginning of time', undefined, beginning, 'to'],
  ])('that is %s names the field', (_name, from, to, field) => {
    try {
      ask(from, to);
      throw new Error('was answered');
    } catch (error) {
      expect(error).toBeInstanceOf(RequestError);
      expect((error as RequestError).fields).toMatchObject([{ field }]);
    }
  });
});
