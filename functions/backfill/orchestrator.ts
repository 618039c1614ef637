import type { OrchestrationContext, Task } from 'durable-functions';
import { app } from 'durable-functions';
import { stepUntilDone } from '../stepUntilDone';
import { stepBackfill } from './activities';

/** Reads a range of one tenant again, because someone asked. */
function* backfillRun(context: OrchestrationContext): Generator<Task, undefined, unknown> {
  return yield* stepUntilDone(context, stepBackfill);
}

export const backfill = app.orchestration('backfill', backfillRun);
