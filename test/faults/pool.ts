import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { DayResult, DieAt } from './day/runDay';
import type { Profile } from './day/planOf';

export interface Job {
  readonly seed: number;
  readonly profile: Profile;
  readonly defect?: string;
  readonly withStory?: boolean;
  readonly dieAt?: DieAt;
  readonly isOneSick?: boolean;
  readonly withDelays?: boolean;
}

export type Outcome =
  | { readonly seed: number; readonly result: DayResult }
  | { readonly seed: number; readonly result?: undefined; readonly error: string };

/** Days in worker processes, each worker one at a time. */
export interface Pool {
  /** Results as they come; `next` is asked for more until it has none. */
  run(next: () => Job | undefined, take: (outcome: Outcome, job: Job) => void): Promise<void>;
  end(): void;
}

/** A day that takes longer than this hangs, and is a failure. */
const longestDayMs = 120_000;

export const startPool = (size: number): Pool => {
  const workers = Array.from({ length: size }, startWorker);
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

const startWorker = (): { run(job: Job): Promise<Outcome>; end(): void } => {
  const start = (): ChildProcess =>
    fork(join(__dirname, 'worker.cjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let child = start();
  return {
    run: (job) =>
      new Promise((resolve) => {
        const own = child;
        const done = (outcome: Outcome): void => {
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
        own.once('message', (outcome) => done(outcome as Outcome));
        own.once('exit', (code) => again(`the worker ended (${code ?? 'killed'})`));
        own.send(job);
      }),
    end: () => {
      child.removeAllListeners();
      child.disconnect();
    },
  };
};
