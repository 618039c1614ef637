import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { DayResult, DieAt } from './day/runDay';
import type { Profile } from './day/planOf';

export interface Job<P = Profile> {
  readonly seed: number;
  readonly profile: P;
  readonly defect?: string;
  readonly withStory?: boolean;
  readonly dieAt?: DieAt;
  readonly isOneSick?: boolean;
  readonly withDelays?: boolean;
}

export type Outcome<R extends object = DayResult> =
  | { readonly seed: number; readonly result: R }
  | { readonly seed: number; readonly result?: undefined; readonly error: string };

/** Days in worker processes, each worker one at a time. */
export interface Pool<R extends object = DayResult, P = Profile> {
  /** Results as they come; `next` is asked for more until it has none. */
  run(next: () => Job<P> | undefined, take: (outcome: Outcome<R>, job: Job<P>) => void): Promise<void>;
  end(): void;
}

/** A day that takes longer than this hangs, and is a failure. */
const longestDayMs = 120_000;

/** @param script what a worker runs, a path from here; by default the days of reading */
export const startPool = <R extends object = DayResult, P = Profile>(
  size: number,
  script = 'worker.cjs',
): Pool<R, P> => {
  const workers = Array.from({ length: size }, () => startWorker<R, P>(script));
  return {
    run: async (next, take) => {
      await Promise.all(
        workers.map(async (worker) => {
          for (let job = next(); job !== undefined; job = next()) take(await worker.run(job), job);
        }),
      );
    },
    end: () => {
      for (const worker of workers) worker.end();
    },
  };
};

const startWorker = <R extends object, P>(script: string): { run(job: Job<P>): Promise<Outcome<R>>; end(): void } => {
  const start = (): ChildProcess => fork(join(__dirname, script), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let child = start();
  return {
    run: (job) =>
      new Promise((resolve) => {
        const own = child;
        const done = (outcome: Outcome<R>): void => {
          clearTimeout(timer);
          own.removeAllListeners();
          resolve(outcome);
        };
        const again = (error: string): void => {
          own.kill('SIGKILL');
          child = start();
          done({ seed: job.seed, error });
        };
        const timer = setTimeout(() => again('the day hangs'), longestDayMs);
        own.once('message', (outcome) => done(outcome as Outcome<R>));
        own.once('exit', (code) => again(`the worker ended (${code ?? 'killed'})`));
        own.send(job);
      }),
    end: () => {
      child.removeAllListeners();
      child.disconnect();
    },
  };
};
