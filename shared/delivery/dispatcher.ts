import { messageOf } from '../errors';
import { allTenants, connectionKeyOf } from '../model/connection';
import type { Clock, Log, Queue } from '../ports';
import type { TenantLane } from '../store/openLanes';
import { createLimiter } from '../sync/limits/limiter';
import type { LanesMessage } from './deliverMessage';
import { sendLanes } from './deliverMessage';
import type { CallSlot, LaneResult } from './laneResult';

export interface DispatcherDeps {
  readonly deliverLane: (
    lane: TenantLane,
    options: { readonly slot: CallSlot; readonly probe: boolean },
  ) => Promise<LaneResult>;
  /** A connection that was down is up again: all that waits for it is due. */
  readonly wake: (lane: TenantLane) => Promise<void>;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly log: Log;
  /** Calls at once to one connection, from this process. */
  readonly perConnection: number;
  /** How long one message may hold a place among those the host runs at once. */
  readonly budgetMs: number;
}

export interface Dispatcher {
  /** Delivers, or leaves it to whoever is delivering to the same connection already; then it returns at once. */
  dispatch(message: LanesMessage): Promise<void>;
}

/** While calls wait for their answers, others make ready and put down what came of theirs. */
const lanesPerCall = 3;
/** After storage failed. */
const againMs = 30_000;

type Waiting = TenantLane & { readonly probe: boolean };

interface Mailbox {
  /** In the order in which they came, each once. */
  readonly waiting: Map<string, Waiting>;
  readonly underWay: Set<string>;
  /** The target asked to be left alone until then, by `clock.elapsedMs`. */
  pausedUntilMs: number;
}

const keyOf = ({ tenantId, incidentId }: TenantLane): string => `${tenantId} ${incidentId}`;

/**
 * One message at a time delivers to a connection; others of the same put their lanes into its mailbox. So a target that is slow or dead
 * holds one place of the host, whatever waits for it. What a crash forgets the sweep finds.
 */
export const createDispatcher = (deps: DispatcherDeps): Dispatcher => {
  const { queue, clock, log, perConnection, budgetMs } = deps;
  const mailboxes = new Map<string, Mailbox>();

  const later = async (lanes: readonly TenantLane[], delayMs: number): Promise<void> => {
    try {
      await sendLanes(queue, lanes, delayMs);
    } catch (error) {
      log.warn('lanes wait for the sweep', { lanes: lanes.length, reason: messageOf(error) });
    }
  };

  const deliverOne = async (mailbox: Mailbox, lane: Waiting, slot: CallSlot): Promise<void> => {
    const { tenantId, targetId, incidentId, probe } = lane;
    const own = { tenantId, targetId, incidentId };
    try {
      const result = await deps.deliverLane(own, { slot, probe });
      if (result.isUpAgain === true) await deps.wake(own);
      if (result.pausedForMs !== undefined) {
        mailbox.pausedUntilMs = clock.elapsedMs() + result.pausedForMs;
        mailbox.waiting.set(keyOf(own), lane);
      } else if (result.againInMs !== undefined) await later([own], result.againInMs);
    } catch (error) {
      log.error('lane failed', { ...own, reason: messageOf(error) });
      await later([own], againMs);
    }
  };

  const drain = async (mailbox: Mailbox): Promise<void> => {
    const untilMs = clock.elapsedMs() + budgetMs;
    const calls = createLimiter(perConnection);
    const slot: CallSlot = (work) => calls.run(work);
    const next = (): readonly [string, Waiting] | undefined => {
      if (clock.elapsedMs() >= untilMs || mailbox.pausedUntilMs > clock.elapsedMs()) return undefined;
      for (const entry of mailbox.waiting) if (!mailbox.underWay.has(entry[0])) return entry;
      return undefined;
    };
    const worker = async (): Promise<void> => {
      for (let entry = next(); entry !== undefined; entry = next()) {
        const [key, lane] = entry;
        mailbox.waiting.delete(key);
        mailbox.underWay.add(key);
        await deliverOne(mailbox, lane, slot);
        mailbox.underWay.delete(key);
      }
    };
    const workers = new Set<Promise<void>>();
    // Lanes may come while others are under way: then workers that went home are called back.
    const hire = (): void => {
      while (workers.size < perConnection * lanesPerCall && next() !== undefined) {
        const hired: Promise<void> = worker().finally(() => workers.delete(hired));
        workers.add(hired);
      }
    };
    hire();
    while (workers.size > 0) {
      await Promise.race(workers);
      hire();
    }
  };

  return {
    dispatch: async ({ tenantId, targetId, incidentIds, probe = false }) => {
      const { scope, connectionId } = connectionKeyOf(tenantId, targetId);
      const connection = scope === allTenants ? targetId : `${tenantId} ${connectionId}`;
      const busy = mailboxes.get(connection);
      const mailbox: Mailbox = busy ?? { waiting: new Map(), underWay: new Set(), pausedUntilMs: 0 };
      for (const incidentId of incidentIds) {
        const lane = { tenantId, targetId, incidentId };
        const isProbe = probe || mailbox.waiting.get(keyOf(lane))?.probe === true;
        mailbox.waiting.set(keyOf(lane), { ...lane, probe: isProbe });
      }
      if (busy !== undefined) return;
      mailboxes.set(connection, mailbox);
      try {
        await drain(mailbox);
      } finally {
        mailboxes.delete(connection);
      }
      if (mailbox.waiting.size > 0) {
        const pauseMs = Math.max(0, mailbox.pausedUntilMs - clock.elapsedMs());
        await later([...mailbox.waiting.values()], pauseMs);
      }
    },
  };
};
