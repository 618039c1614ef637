import { setTimeout as sleep } from 'node:timers/promises';
import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import { ofTrigger, type AppFunction } from '../appFunction';
import type { QueueOptions } from '../hostJson';
import type { Invoke } from '../invoke';
import type { WriteLog } from '../log';
import { invokeWithRetry } from '../retry';
import type { TypedData } from '../rpc';
import { describeThrown } from '../thrown';
import { decodeMessage } from './messageText';
import { isQueueMissing, sendCreating, type QueueClients } from './storageQueue';

/** A message is hidden this long while its function runs, and renewed at half time: the host's own numbers. */
const leaseSeconds = 600;
const minPollingIntervalMs = 100;
const minRestMs = 1;

export interface Queues {
  start(): void;
  /** Takes no further message; messages in hand are finished. */
  stop(): void;
  /** Resolves when no message is in hand any more. */
  idle(): Promise<void>;
}

export interface QueueSetup {
  readonly functions: readonly AppFunction[];
  readonly options: QueueOptions;
  readonly clients: QueueClients;
  readonly invoke: Invoke;
  readonly log: WriteLog;
}

/** Polls the queues of queue-triggered functions, each on its own. */
export function createQueues(setup: QueueSetup): Queues {
  const stopping = new AbortController();
  const polls: Promise<void>[] = [];
  return {
    start() {
      for (const target of ofTrigger(setup.functions, 'queueTrigger')) {
        polls.push(poll(setup, target, stopping.signal));
      }
    },
    stop: () => stopping.abort(),
    async idle() {
      await Promise.all(polls);
    },
  };
}

/**
 * Fetches a batch whenever no more than `newBatchThreshold` messages are in hand. An empty queue is asked less and
 * less often, up to `maxPollingInterval`; so is a storage that does not answer.
 */
async function poll(setup: QueueSetup, target: AppFunction, signal: AbortSignal): Promise<void> {
  const { options, log } = setup;
  const queue = setup.clients.of(target.trigger);
  const inHand = new Set<Promise<void>>();
  let restMs = minPollingIntervalMs;
  while (!signal.aborted) {
    let found = 0;
    try {
      for (const message of await receive(queue, options.batchSize)) {
        found++;
        const handled: Promise<void> = handle(setup, target, queue, message, signal).finally(() =>
          inHand.delete(handled),
        );
        inHand.add(handled);
      }
    } catch (error) {
      log('Error', 'Host.Queues', `${queue.name}: ${describeThrown(error).message}`, target.name);
    }
    restMs =
      found > 0
        ? minPollingIntervalMs
        : Math.min(restMs * 2, Math.max(options.maxPollingIntervalMs, minPollingIntervalMs));
    await sleep(found > 0 ? minRestMs : restMs, undefined, { signal }).catch(() => undefined);
    while (inHand.size > options.newBatchThreshold) await Promise.race(inHand);
  }
  await Promise.all(inHand);
}

async function receive(queue: QueueClient, batchSize: number): Promise<DequeuedMessageItem[]> {
  try {
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: batchSize,
      visibilityTimeout: leaseSeconds,
    });
    return receivedMessageItems;
  } catch (error) {
    if (!isQueueMissing(error)) throw error;
    await queue.createIfNotExists();
    return [];
  }
}

/** Success deletes the message, a throw shows it again after the visibility timeout, the last throw moves it to `<queue>-poison`. */
async function handle(
  setup: QueueSetup,
  target: AppFunction,
  queue: QueueClient,
  message: DequeuedMessageItem,
  signal: AbortSignal,
): Promise<void> {
  const { options, log } = setup;
  const lease = keepHidden(queue, message, log, target.name);
  try {
    const text = decodeMessage(message.messageText, options.messageEncoding);
    if (text === undefined) {
      log(
        'Error',
        'Host.Queues',
        `${queue.name}: message ${message.messageId} is no base64 and goes to the poison queue.`,
        target.name,
      );
      await lease.end();
      await bury(setup, target, queue, message, lease.popReceipt());
      return;
    }
    const failure = await runFunction(setup, target, text, message, signal);
    await lease.end();
    if (!failure) {
      await queue.deleteMessage(message.messageId, lease.popReceipt());
    } else if (message.dequeueCount >= options.maxDequeueCount) {
      await bury(setup, target, queue, message, lease.popReceipt());
    } else {
      const seconds = Math.ceil(options.visibilityTimeoutMs / 1000);
      await queue.updateMessage(message.messageId, lease.popReceipt(), message.messageText, seconds);
    }
  } catch (error) {
    // The message shows up again by itself when its lease runs out.
    log('Error', 'Host.Queues', `${queue.name}: ${describeThrown(error).message}`, target.name);
  } finally {
    await lease.end();
  }
}

async function runFunction(
  setup: QueueSetup,
  target: AppFunction,
  text: string,
  message: DequeuedMessageItem,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await invokeWithRetry(
      setup.invoke,
      target,
      { trigger: { string: text }, triggerMetadata: toTriggerMetadata(text, message) },
      signal,
    );
    return false;
  } catch (error) {
    const { message: reason, stack } = describeThrown(error);
    setup.log('Error', `Function.${target.name}`, stack === '' ? reason : stack, target.name);
    return true;
  }
}

async function bury(
  { clients, log }: QueueSetup,
  target: AppFunction,
  queue: QueueClient,
  message: DequeuedMessageItem,
  popReceipt: string,
): Promise<void> {
  const poison = clients.poisonOf(target.trigger);
  await sendCreating(poison, message.messageText);
  await queue.deleteMessage(message.messageId, popReceipt);
  log(
    'Error',
    'Host.Queues',
    `Message ${message.messageId} has reached MaxDequeueCount and went to ${poison.name}.`,
    target.name,
  );
}

/** Renews the message's lease until told to end; each renewal changes the pop receipt. */
function keepHidden(queue: QueueClient, message: DequeuedMessageItem, log: WriteLog, functionName: string) {
  let { popReceipt } = message;
  let renewal: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    renewal = queue
      .updateMessage(message.messageId, popReceipt, message.messageText, leaseSeconds)
      .then((updated) => {
        popReceipt = updated.popReceipt ?? popReceipt;
      })
      .catch((error: unknown) =>
        log('Warning', 'Host.Queues', `lease not renewed: ${describeThrown(error).message}`, functionName),
      );
  }, leaseSeconds * 500);
  return {
    popReceipt: () => popReceipt,
    end: async () => {
      clearInterval(timer);
      await renewal;
    },
  };
}

/** The host's names begin with a capital; the library turns the first letter small. */
function toTriggerMetadata(text: string, message: DequeuedMessageItem): Record<string, TypedData> {
  return {
    QueueTrigger: { string: text },
    DequeueCount: { json: String(message.dequeueCount) },
    ExpirationTime: { json: JSON.stringify(message.expiresOn) },
    Id: { string: message.messageId },
    InsertionTime: { json: JSON.stringify(message.insertedOn) },
    NextVisibleTime: { json: JSON.stringify(message.nextVisibleOn) },
    PopReceipt: { string: message.popReceipt },
  };
}
