import { killAll } from '../childProcess';
import type { Ending } from '../childProcess';
import { endingInWords } from '../childProcess';

/** What runs, and how it ends: in order, whatever the reason, within 5 s. */
export interface Lifetime {
  /** Aborted once the end is wanted; the reason says why. */
  readonly signal: AbortSignal;
  /** Stopped at the end; what was owned last is stopped first. */
  own(stop: () => Promise<unknown>): void;
  /** Its end, unless wanted, ends everything. `explain` adds what is known of the reason. */
  watch(name: string, ended: Promise<Ending>, explain?: () => string): void;
  end(reason: Error): void;
  /** Stops all that is owned. */
  close(): Promise<void>;
}

/** Someone asked for the end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor(readonly by: NodeJS.Signals) {
    super(`interrupted by ${by}`);
  }
}

/** A part died that should have lived on. */
export class PartEndedError extends Error {
  override readonly name = 'PartEndedError';
}

/** What is wrong before anything is started; all of it. */
export class CannotStartError extends Error {
  override readonly name = 'CannotStartError';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

const deadlineMs = 4_700;

export function createLifetime(): Lifetime {
  const controller = new AbortController();
  const owned: (() => Promise<unknown>)[] = [];
  const end = (reason: Error): void => {
    if (!controller.signal.aborted) controller.abort(reason);
  };
  return {
    signal: controller.signal,
    own: (stop) => void owned.push(stop),
    watch: (name, ended, explain = () => '') => {
      void ended.then((ending) => {
        end(new PartEndedError(`${name} ended unexpectedly (${endingInWords(ending)}).${explain()}`));
      });
    },
    end,
    close: async () => {
      end(new Interrupted('SIGTERM'));
      const deadline = setTimeout(killAll, deadlineMs);
      for (const stop of owned.reverse()) await stop().catch(() => undefined);
      clearTimeout(deadline);
    },
  };
}

/** A part that may still be starting is stopped as soon as it has started; one that failed to start needs nothing. */
export function onceStarted<Part>(
  starting: Promise<Part>,
  stop: (part: Part) => Promise<unknown>,
): () => Promise<unknown> {
  // Whoever waits for the part hears of its failure; until then it must not end the process unheard.
  starting.catch(() => undefined);
  return () => starting.then(stop, () => undefined);
}
