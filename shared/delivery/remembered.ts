import type { Clock } from '../ports';

interface Kept<T> {
  readonly value: Promise<T>;
  readonly untilMs: number;
}

export interface Remembered<T> {
  (key: string, read: () => Promise<T>): Promise<T>;
  /** What was just written stands for what would be read. */
  put(key: string, value: T): void;
  forget(key: string): void;
}

const maxKept = 5_000;

/** What was read is good for `forMs`, in this process; who asks while it is being read waits for the same read. A failure is not kept. */
export const remembered = <T>(clock: Clock, forMs: number): Remembered<T> => {
  const kept = new Map<string, Kept<T>>();
  const keep = (key: string, value: Promise<T>): Promise<T> => {
    if (kept.size >= maxKept) kept.clear();
    const entry = { value, untilMs: clock.elapsedMs() + forMs };
    kept.set(key, entry);
    value.catch(() => {
      if (kept.get(key) === entry) kept.delete(key);
    });
    return value;
  };
  const ask = (key: string, read: () => Promise<T>): Promise<T> => {
    const found = kept.get(key);
    return found !== undefined && found.untilMs > clock.elapsedMs() ? found.value : keep(key, read());
  };
  return Object.assign(ask, {
    put: (key: string, value: T) => void keep(key, Promise.resolve(value)),
    forget: (key: string) => void kept.delete(key),
  });
};
