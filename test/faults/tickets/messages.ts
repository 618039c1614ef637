import type { Queue } from '../../../shared/ports';
import type { RandomSource } from '../../support/randomSource';
import type { Steps } from '../day/steps';
import type { Timeline } from '../day/timeline';
import type { TicketRates } from './plan';
import type { TicketTally } from './ticketFaults';

export type QueueName = 'deliver' | 'inbox';

/** Whoever takes messages. */
export interface Taker {
  readonly steps: Steps;
  take(queue: QueueName, message: unknown): Promise<void>;
}

/** Two queues that lose, double, delay and reorder. */
export interface Messages {
  reachedBy(queue: QueueName, steps: Steps): Queue;
  /** As a person's request puts one in. */
  put(queue: QueueName, message: object): void;
  /** Under way, hidden ones too. */
  readonly waiting: number;
  readonly sent: readonly string[];
}

export interface MessagesOptions {
  readonly timeline: Timeline;
  readonly random: RandomSource;
  readonly tally: TicketTally;
  readonly rates: TicketRates;
  readonly faultsOn: () => boolean;
  readonly takers: () => readonly Taker[];
  readonly onBug: (error: unknown) => void;
}

const invisibleMs = 10 * 60_000;
const againMs = 10_000;

export const createMessages = (options: MessagesOptions): Messages => {
  const { timeline, random, tally, rates, faultsOn, takers, onBug } = options;
  const sent: string[] = [];
  let waiting = 0;
  /** Copies under way, by text: doubled again and again, what is put back each time would fill the world. */
  const copies = new Map<string, number>();
  const happens = (rate: number): boolean => faultsOn() && random.next() < rate;

  const hand = async (queue: QueueName, text: string, tries: number): Promise<void> => {
    const alive = takers();
    const taker = alive[random.below(alive.length)];
    if (taker === undefined) {
      later(queue, text, tries, 30_000);
      return;
    }
    const taken = taker.take(queue, JSON.parse(text)).then(
      () => 'done' as const,
      (error: unknown) => {
        onBug(error);
        return 'failed' as const;
      },
    );
    const outcome = await Promise.race([taken, taker.steps.died.then(() => 'died' as const)]);
    if (outcome === 'died') later(queue, text, tries, invisibleMs);
    // After five tries it lies in the poison queue, and comes back from there.
    if (outcome === 'failed') later(queue, text, tries + 1, tries % 5 === 4 ? invisibleMs : againMs);
  };
  const later = (queue: QueueName, text: string, tries: number, delayMs: number): void => {
    waiting += 1;
    copies.set(text, (copies.get(text) ?? 0) + 1);
    timeline.at(timeline.now() + delayMs, () => {
      waiting -= 1;
      copies.set(text, (copies.get(text) ?? 1) - 1);
      hand(queue, text, tries).catch(onBug);
    });
  };
  const accept = (queue: QueueName, text: string, delayMs: number): void => {
    sent.push(text);
    if (happens(rates.messageLost)) {
      tally.hit('queue lost');
      return;
    }
    const isLate = happens(rates.messageLate);
    if (isLate) tally.hit('queue late');
    const lateMs = isLate ? 1_000 * (1 + random.below(1_200)) : 0;
    later(queue, text, 0, delayMs + 20 + random.below(800) + lateMs);
    if ((copies.get(text) ?? 0) > 1 || !happens(rates.messageTwice)) return;
    tally.hit('queue twice');
    later(queue, text, 0, delayMs + 20 + random.below(random.next() < 0.5 ? 400 : 30_000));
  };
  return {
    sent,
    get waiting() {
      return waiting;
    },
    put: (queue, message) => later(queue, JSON.stringify(message), 0, 50),
    reachedBy: (queue, steps) => ({
      send: (message, { delayMs = 0 } = {}) =>
        steps.take('write', `${queue}.send`, () => accept(queue, JSON.stringify(message), delayMs)),
    }),
  };
};
