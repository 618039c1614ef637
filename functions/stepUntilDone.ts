import type { OrchestrationContext, Task } from 'durable-functions';
import type { Activity } from '../shared/durable';
import { call } from '../shared/durable';
import type { JobId, JobStep } from '../shared/reconcile/stepJob';

/** Then the history begins anew, so that a job of days stays quick to replay. */
const stepsAGeneration = 50;

/** Steps of a job with a wait between them, until it has ended. The job's row knows where it is; the history knows nothing. */
export function* stepUntilDone(
  context: OrchestrationContext,
  step: Activity<JobId, JobStep>,
): Generator<Task, undefined, unknown> {
  const id = context.df.getInput<JobId>();
  for (let steps = 0; steps < stepsAGeneration; steps += 1) {
    const { ended, waitSeconds } = yield* call(step(id));
    if (ended) return undefined;
    yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + waitSeconds * 1000));
  }
  context.df.continueAsNew(id);
  return undefined;
}
