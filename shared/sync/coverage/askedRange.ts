import { RequestError } from '../../errors';
import type { Span } from '../../model/coverage';
import type { Time7 } from '../../model/time7';
import { beginning, fromTicks, minusMinutes } from '../../model/time7';
import { msOf } from './span';

export interface AskedTimes {
  readonly from: Time7 | undefined;
  readonly to: Time7 | undefined;
}

export interface RangeFacts {
  readonly readThrough: Time7 | undefined;
  readonly nowMs: number;
  readonly toleratedMs: number;
}

const minutesADay = 1_440;

/**
 * The range a question means: by default the day before `readThrough`. Where reading stands still it ends now instead, because the stretch
 * that is missing is what people look for.
 * @throws RequestError naming the field, where `from` does not lie before the end
 */
export const askedRange = ({ from, to }: AskedTimes, facts: RangeFacts): Span => {
  const now = fromTicks(BigInt(facts.nowMs) * 10_000n);
  const newest = newestOf(facts, now);
  const end = to ?? (from !== undefined && from >= newest ? now : newest);
  const start = from ?? dayBefore(end);
  if (start < end) return { from: start, to: end };
  const field = from === undefined ? 'to' : 'from';
  throw new RequestError('The query is not valid.', [
    { field, message: `must leave a range: from has to lie before to (${end.slice(0, 19)}Z)` },
  ]);
};

const newestOf = ({ readThrough, nowMs, toleratedMs }: RangeFacts, now: Time7): Time7 => {
  if (readThrough === undefined) return now;
  return nowMs - msOf(readThrough) > toleratedMs ? now : readThrough;
};

const dayBefore = (end: Time7): Time7 =>
  end.slice(0, 10) === beginning.slice(0, 10) ? beginning : minusMinutes(end, minutesADay);
