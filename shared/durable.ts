import type { ActivityHandler, OrchestrationContext, Task } from 'durable-functions';
import { app, RetryOptions } from 'durable-functions';
import type { ErrorCode } from './errors';
import { AppError, ThrottledError } from './errors';

/** What travels back from an activity: JSON only, a few counters, never data or secrets. */
export type ActivityReply<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string; readonly retryAfterMs?: number };

/** An activity as an orchestrator sees it: call the handle, never a repeated string name. */
export interface Activity<Input extends object, Result> {
  (input: Input): TypedTask<Result>;
  readonly activityName: string;
}

/** A scheduled activity that remembers what it answers; the SDK types every yield as `any` (durable-js #524). */
export interface TypedTask<Result> {
  readonly task: Task;
  readonly reply?: ActivityReply<Result>;
}

/** An AppError that crossed the activity boundary as data. */
export class ActivityFailure extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly retryAfterMs: number | undefined,
  ) {
    super(message);
  }
}

/**
 * Registers `work` under `name` (names are app-wide) and returns its handle.
 * In an activity a throw means "run me again", so what a blind retry will not help becomes `{ ok: false, code }`, and so does a passing
 * fault where nobody would run it again; the rest rises and is run again up to `attempts` times. Bounded by attempts alone: a retry time-out can end an orchestration with nothing to catch
 * (durable-js #629).
 */
export const activity = <Input extends object, Result>(
  name: string,
  work: (input: Input) => Promise<Result>,
  { attempts = 1, retryAfterMs = 5_000 }: { readonly attempts?: number; readonly retryAfterMs?: number } = {},
): Activity<Input, Result> => {
  const handler: ActivityHandler = async (input: Input): Promise<ActivityReply<Result>> => {
    try {
      return {
        ok: true,
        result: await work(input),
      };
    } catch (error) {
      const runAgain = !(error instanceof AppError) || (error.retryable && attempts > 1);
      if (runAgain) throw error;
      const wait = error instanceof ThrottledError ? { retryAfterMs: error.retryAfterMs } : {};
      return { ok: false, code: error.code, message: error.message, ...wait };
    }
  };
  const schedule = app.activity(name, { handler });
  const task = (input: Input): Task =>
    attempts > 1 ? schedule(input).withRetry(new RetryOptions(retryAfterMs, attempts)) : schedule(input);
  return Object.assign((input: Input) => ({ task: task(input) }), { activityName: name });
};

const unwrap = <Result>(reply: ActivityReply<Result>): Result => {
  if (reply.ok) return reply.result;
  throw new ActivityFailure(reply.code, reply.message, reply.retryAfterMs);
};

/** Runs one activity. @throws ActivityFailure (an AppError's code) · Error (what the SDK delivers after its last retry) */
export function* call<Result>(scheduled: TypedTask<Result>): Generator<Task, Result, unknown> {
  return unwrap((yield scheduled.task) as ActivityReply<Result>);
}

/** Runs all side by side; each reply stays a value, so one failure never rejects while siblings run. `scheduled` must not be empty. */
export function* all<Result>(
  context: OrchestrationContext,
  scheduled: readonly TypedTask<Result>[],
): Generator<Task, readonly ActivityReply<Result>[], unknown> {
  return (yield context.df.Task.all(scheduled.map(({ task }) => task))) as readonly ActivityReply<Result>[];
}
