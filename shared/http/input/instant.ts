import { z } from 'zod';
import { fromTicks, toTicks, toTime7 } from '../../model/time7';

/** An instant in a request: ISO 8601 with seconds and a zone, any number of fraction digits; a day that does not exist is refused. */
export const instant = z.string().transform((text, context) => {
  const time = toTime7(text);
  if (time !== undefined && fromTicks(toTicks(time)) === time) return time;
  context.addIssue({ code: 'custom', message: 'must be an ISO 8601 instant such as 2026-11-20T08:00:00Z' });
  return z.NEVER;
});
