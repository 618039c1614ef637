import { UpstreamError } from '../../../shared/errors';
import type { RandomSource } from '../../support/randomSource';
import type { StepKind, Steps } from '../day/steps';
import type { Timeline } from '../day/timeline';
import type { TicketRates } from './plan';
import type { TicketTally } from './ticketFaults';

export interface TicketStepsOptions {
  readonly timeline: Timeline;
  readonly random: RandomSource;
  readonly tally: TicketTally;
  readonly rates: TicketRates;
  readonly faultsOn: () => boolean;
  readonly onDeath: () => void;
}

export interface TicketSteps extends Steps {
  /** When storage refused this process a write, or lost the answer to one. */
  readonly refusedWritesMs: readonly number[];
}

const never = new Promise<never>(() => undefined);

/** Milliseconds a call takes, at least and at most. */
const durations: Readonly<Record<StepKind, readonly [number, number]>> = {
  read: [1, 5],
  write: [3, 12],
  http: [40, 400],
  token: [20, 60],
  pause: [0, 0],
};

/** Calls of ports by one process: they take time, may fail, and never come back once it has ended. */
export const createTicketSteps = (options: TicketStepsOptions): TicketSteps => {
  const { timeline, random, tally, rates, faultsOn, onDeath } = options;
  let dead = false;
  let made = 0;
  const refusedWritesMs: number[] = [];
  let tellDeath: () => void = () => undefined;
  const died = new Promise<void>((go) => {
    tellDeath = go;
  });
  const isDead = (): boolean => dead;
  const die = (): void => {
    if (dead) return;
    dead = true;
    tellDeath();
    onDeath();
  };
  const happens = (rate: number): boolean => faultsOn() && random.next() < rate;

  const take = async <T>(kind: StepKind, what: string, effect: () => T | Promise<T>): Promise<T> => {
    if (isDead()) return never;
    made += 1;
    const dies = happens(rates.deathPerStep);
    const when = dies ? random.below(3) : -1;
    if (dies) tally.hit('1 process killed');
    if (when === 0) {
      die();
      return never;
    }
    const [least, most] = durations[kind];
    await timeline.wait(least + random.below(most - least + 1));
    if (when === 1) die();
    // What is on its way arrives, or does not, though nobody waits for it any more.
    if (isDead() && (kind === 'read' || random.next() < 0.5)) return never;
    const isStorage = kind === 'read' || kind === 'write';
    if (isStorage && happens(rates.storageBeforePerStep)) {
      tally.hit('22 storage before');
      if (kind === 'write') refusedWritesMs.push(timeline.now());
      throw new UpstreamError('503 before');
    }
    if (kind === 'token' && happens(rates.vaultPerRead)) {
      tally.hit('28 vault away');
      throw new UpstreamError('the vault does not answer');
    }
    const failsAfter = kind === 'write' && happens(rates.storageAfterPerWrite);
    const result = await effect();
    if (when === 2) die();
    if (isDead()) return never;
    if (failsAfter) {
      tally.hit('22 storage after');
      refusedWritesMs.push(timeline.now());
      throw new UpstreamError(`503 after ${what.slice(0, 20)}`);
    }
    return result;
  };

  return {
    get dead() {
      return isDead();
    },
    get made() {
      return made;
    },
    die,
    died,
    refusedWritesMs,
    take,
  };
};
