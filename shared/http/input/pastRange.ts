import { z } from 'zod';
import { RequestError } from '../../errors';
import type { Time7 } from '../../model/time7';
import { beginning, toTime7 } from '../../model/time7';
import { instant } from './instant';

export const backfillBody = z.strictObject({ from: instant, to: instant });
export const reconcileBody = z.strictObject({
  from: instant,
  to: instant,
  by: z.enum(['created', 'updated'], 'must be created or updated'),
});

export interface PastRange {
  readonly from: Time7;
  readonly to: Time7;
}

/** Before Defender there was nothing. */
const oldest = '2000-01-01T00:00:00.0000000Z';

/** A range that can be read again. @throws RequestError naming the field that is in the future or out of order */
export const checkPastRange = ({ from, to }: PastRange, nowMs: number): PastRange => {
  const faults = [
    ...(isFuture(from, nowMs) ? [{ field: 'from', message: 'must not lie in the future' }] : []),
    ...(isFuture(to, nowMs) ? [{ field: 'to', message: 'must not lie in the future' }] : []),
    ...(from >= to ? [{ field: 'from', message: 'must lie before to' }] : []),
    ...(to < oldest ? [{ field: 'to', message: `must lie after ${oldest.slice(0, 10)}` }] : []),
  ];
  if (faults.length > 0) throw new RequestError('The body is not valid.', faults);
  return { from: from < oldest ? beginning : from, to };
};

const isFuture = (time: Time7, nowMs: number): boolean => time > (toTime7(new Date(nowMs).toISOString()) ?? time);
