import { z } from 'zod';
import { addCounts } from '../model/run';
import { toTime7 } from '../model/time7';
import type { Time7 } from '../model/time7';

/** Only the normal form: what is compared must not come in another. */
const time7 = z.custom<Time7>((value) => toTime7(value) === value);
const whole = z.number().int();
const counts = z.record(z.string(), z.number()).transform((given) => addCounts({}, given));

const span = z.object({ from: time7, to: time7 });

/** The JSON columns of the `state` row, so that a row edited by hand can stall no tenant. Unknown keys are dropped. */
export const stateShapes = {
  gaps: z.array(z.object({ ...span.shape, reason: z.string(), attempts: whole, nextTry: z.string() })),
  lastSeen: z.array(z.object({ incidentId: z.string(), version: time7, mark: z.string() })),
  totals: counts,
  lastRun: z.object({
    runId: z.string(),
    tenantId: z.string(),
    state: z.enum(['queued', 'running', 'succeeded', 'partial', 'failed']),
    startedAt: z.string(),
    seconds: z.number(),
    counts,
    code: z.string().nullable(),
    reason: z.string().nullable(),
  }),
  window: z.object({
    ...span.shape,
    passes: whole,
    calls: whole,
    listed: whole,
    new: whole,
    changed: whole,
    heldUp: z.array(z.object({ ...span.shape, reason: z.string(), listed: whole, new: whole, changed: whole })),
    repairs: z.array(z.object({ ...span.shape, reason: z.string(), attempts: whole, repairedAt: time7 })),
    reconciled: z.array(z.object({ ...span.shape, at: time7 })),
    foundLate: whole,
  }),
  month: z.object({ month: z.string(), totals: counts }),
  rhythm: z.object({ lastChange: time7, meanMs: z.number(), longestMs: z.number(), seen: whole }),
  calls: z.object({ hundredths: z.array(z.tuple([whole, whole])), minutes: z.array(z.tuple([whole, whole])) }),
  foundLate: z.object({ at: time7, count: whole }),
} as const;
