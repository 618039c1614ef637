import { History } from './history';
import { hasEnded, type Instance, type RuntimeStatus } from './instance';

const keptEndedInstances = 10_000;
/** Events of ended histories kept for showHistory; beyond it the oldest lose theirs, so that memory stays flat. */
const keptHistoryEvents = 5_000;

export interface InstanceFilter {
  readonly createdFromMs?: number | undefined;
  readonly createdToMs?: number | undefined;
  /** Empty or absent: any. */
  readonly statuses?: readonly RuntimeStatus[] | undefined;
}

export interface InstanceStore {
  get(id: string): Instance | undefined;
  /** Takes the place of an ended instance of the same id. */
  put(instance: Instance): void;
  /** Every live instance, and the last 10,000 that ended. */
  list(filter: InstanceFilter): Instance[];
  remove(instance: Instance): void;
  /** To be told once an instance ended: the oldest ended ones make room. */
  noteEnded(instance: Instance): void;
}

export function createStore(): InstanceStore {
  const instances = new Map<string, Instance>();
  const endedOldestFirst = new Set<Instance>();
  const withHistory = new Set<Instance>();
  let historyEvents = 0;

  function forget(instance: Instance): void {
    endedOldestFirst.delete(instance);
    dropHistory(instance);
    if (instances.get(instance.id) === instance) instances.delete(instance.id);
  }

  function dropHistory(instance: Instance): void {
    if (!withHistory.delete(instance)) return;
    historyEvents -= instance.history.events.length;
    instance.history = new History();
  }

  return {
    get: (id) => instances.get(id),
    put(instance) {
      const earlier = instances.get(instance.id);
      if (earlier) forget(earlier);
      instances.set(instance.id, instance);
    },
    list: (filter) => [...instances.values()].filter((instance) => matches(instance, filter)),
    remove: forget,
    noteEnded(instance) {
      endedOldestFirst.add(instance);
      withHistory.add(instance);
      historyEvents += instance.history.events.length;
      for (const oldest of endedOldestFirst) {
        if (endedOldestFirst.size <= keptEndedInstances) break;
        forget(oldest);
      }
      for (const oldest of withHistory) {
        if (historyEvents <= keptHistoryEvents) break;
        dropHistory(oldest);
      }
    },
  };
}

function matches(instance: Instance, { createdFromMs, createdToMs, statuses }: InstanceFilter): boolean {
  if (createdFromMs !== undefined && instance.createdMs < createdFromMs) return false;
  if (createdToMs !== undefined && instance.createdMs > createdToMs) return false;
  return statuses === undefined || statuses.length === 0 || statuses.includes(instance.status);
}

/** Ended instances that fit the filter; a live one is never purged. */
export function purgeable(store: InstanceStore, filter: InstanceFilter): Instance[] {
  return store.list(filter).filter(hasEnded);
}
