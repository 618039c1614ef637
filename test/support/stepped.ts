import type { OrchestrationContext, Task } from 'durable-functions';
import type { Registered } from './registered';
import { actionOf } from './registered';

export interface Stepped {
  /** What the orchestrator asks of the host next, or `{ output }` at its end. */
  readonly next: (value?: unknown) => unknown;
  readonly generator: Generator<Task, unknown, unknown>;
  /** Inputs of `continueAsNew`. */
  readonly continued: unknown[];
}

/** Steps an orchestrator by hand: each step answers what it asks of the host. Its clock stands at `now`. */
export const stepped = (app: Registered, name: string, input: object, now: string): Stepped => {
  const together: (readonly Task[])[] = [];
  const continued: unknown[] = [];
  const all = (tasks: readonly Task[]): Task => {
    if (tasks.length === 0) throw new Error('Task.all of nothing fails');
    together.push(tasks);
    return { together: together.length } as unknown as Task;
  };
  const df = {
    getInput: () => input,
    Task: { all },
    currentUtcDateTime: new Date(now),
    createTimer: (fireAt: Date) => ({ timer: fireAt.toISOString() }),
    continueAsNew: (next: unknown) => void continued.push(next),
  };
  const context = { df } as unknown as OrchestrationContext;
  const generator: Generator<Task, unknown, unknown> = app.orchestrators.get(name)!(context);
  const asked = ({ done, value }: IteratorResult<Task, unknown>): unknown => {
    if (done === true) return { output: value };
    if ('timer' in (value as object)) return value;
    return 'together' in (value as object) ? together.at(-1)!.map(actionOf) : actionOf(value);
  };
  return { next: (value) => asked(generator.next(value)), generator, continued };
};
