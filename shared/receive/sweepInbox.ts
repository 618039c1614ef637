import { toTicks } from '../model/time7';
import type { Clock, Log, Queue } from '../ports';
import type { ConnectionStore } from '../store/connections';
import type { Inbox, OpenEntry } from '../store/inbox';
import type { TenantRegistry } from '../store/tenants';

export interface SweepInboxDeps {
  readonly inbox: Pick<Inbox, 'open' | 'ask' | 'find' | 'done' | 'drop'>;
  readonly connections: Pick<ConnectionStore, 'get'>;
  readonly registry: Pick<TenantRegistry, 'get'>;
  readonly inboxQueue: Queue;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

const minuteMs = 60_000;
/** A queue that works is faster. */
const firstAfterMs = 5 * minuteMs;
/** What fails again and again is asked for ever more seldom, until its retention ends. */
const longestAfterMs = 6 * 60 * minuteMs;
/** After it, a hint without its delivery is of one that was never written. */
const strayAfterMs = 60 * minuteMs;
/** Of one sweep; the rest has the next. */
const mostAsked = 2_000;

/**
 * Puts what was received and is not done into the queue again; at once what waited for a switch that is on by now, and not what has a
 * hint that comes later. Costs nothing for what is done. @returns how many
 */
export const sweepInbox = async (deps: SweepInboxDeps): Promise<number> => {
  const isOnAgain = onAgain(deps);
  let asked = 0;
  for await (const page of deps.inbox.open())
    for (const entry of page) {
      const isOn = await isOnAgain(entry);
      if (!isOn && silentMs(deps, entry) < afterMs(entry.asked)) continue;
      if (!(await isWaiting(deps, entry))) continue;
      // It waited long, and for no fault of its own.
      const turn = await deps.inbox.ask(isOn ? { ...entry, asked: 0 } : entry);
      if (turn === undefined) continue;
      const { scope, connectionId, inboxKey } = entry;
      await deps.inboxQueue.send({ scope, connectionId, inboxKey, turn });
      asked += 1;
      if (asked === mostAsked) return told(deps, asked);
    }
  return told(deps, asked);
};

const told = ({ log }: SweepInboxDeps, asked: number): number => {
  if (asked > 0) log.warn('webhooks waited and were queued again', { count: asked });
  return asked;
};

/** Whether an entry was left because of a switch that is on again; a point read for each switch and sweep, however much waits for it. */
const onAgain = ({ connections, registry }: SweepInboxDeps): ((entry: OpenEntry) => Promise<boolean>) => {
  const known = new Map<string, Promise<boolean>>();
  return ({ off, scope, connectionId }) => {
    if (off === null) return Promise.resolve(false);
    const { tenantId } = off;
    const key = tenantId ?? `${scope} ${connectionId}`;
    // One that is gone holds nothing up.
    const isOn = async (): Promise<boolean> =>
      (await (tenantId === null ? connections.get(scope, connectionId) : registry.get(tenantId)))?.enabled ?? true;
    const found = known.get(key) ?? isOn();
    known.set(key, found);
    return found;
  };
};

const ageMs = ({ clock }: SweepInboxDeps, { writtenAt }: OpenEntry): number =>
  clock.now() - Number(toTicks(writtenAt) / 10_000n);

/** Since its last hint was to come. */
const silentMs = (deps: SweepInboxDeps, entry: OpenEntry): number =>
  Math.min(ageMs(deps, entry), entry.dueAt === null ? Infinity : deps.clock.now() - Date.parse(entry.dueAt));

const afterMs = (asked: number): number => Math.min(firstAfterMs * 2 ** Math.min(asked, 20), longestAfterMs);

/** The delivery itself decides; hints that point nowhere are taken away. */
const isWaiting = async (deps: SweepInboxDeps, entry: OpenEntry): Promise<boolean> => {
  const found = await deps.inbox.find(entry.inboxKey);
  if (found === undefined) {
    if (ageMs(deps, entry) >= strayAfterMs) await deps.inbox.drop(entry);
    return false;
  }
  if (found.isDone) await deps.inbox.done(entry.inboxKey);
  return !found.isDone;
};
