import { activity } from '../../shared/durable';
import type { JobId } from '../../shared/reconcile/stepJob';
import { stepJob } from '../../shared/reconcile/stepJob';
import { services } from '../services';

export const stepBackfill = activity('stepBackfill', async (id: JobId) => stepJob((await services()).job, id), {
  attempts: 5,
  retryAfterMs: 30_000,
});
