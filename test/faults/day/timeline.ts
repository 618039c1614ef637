/** Virtual time: it stands still while code runs and jumps to the next thing that is waited for. */
export interface Timeline {
  /** Milliseconds since 1970. */
  now(): number;
  wait(ms: number): Promise<void>;
  at(ms: number, work: () => void): void;
  /** Lets everything happen up to and including `ms`. */
  runUntil(ms: number): Promise<void>;
}

interface Entry {
  readonly atMs: number;
  /** What was asked for first happens first, so that a day runs the same way every time. */
  readonly order: number;
  readonly work: () => void;
}

const isBefore = (a: Entry, b: Entry): boolean => (a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs);

/** Code between two calls of a port may take turns of the event loop; before a long jump it gets so many without asking for anything. */
const patience = 10;
const longJumpMs = 1500;

export const createTimeline = (startMs: number): Timeline => {
  const heap: Entry[] = [];
  let nowMs = startMs;
  let asked = 0;

  const push = (entry: Entry): void => {
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, entry)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  };

  const pop = (): Entry | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const right = heap[child + 1];
      let below = heap[child];
      if (below === undefined) break;
      if (right !== undefined && isBefore(right, below)) {
        child += 1;
        below = right;
      }
      if (isBefore(last, below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return first;
  };

  const at = (atMs: number, work: () => void): void => {
    asked += 1;
    push({ atMs: Math.max(Math.ceil(atMs), nowMs), order: asked, work });
  };

  const turn = (): Promise<void> =>
    new Promise((go) => {
      setImmediate(go);
    });

  /** Until nobody asks for anything before the next long jump. */
  const settle = async (untilMs: number): Promise<void> => {
    for (let quiet = 0; quiet < patience; quiet += 1) {
      const before = asked;
      await turn();
      const next = heap[0];
      if (next !== undefined && next.atMs <= untilMs && next.atMs - nowMs < longJumpMs) return;
      if (asked !== before) quiet = 0;
    }
  };

  return {
    now: () => nowMs,
    at,
    wait: (ms) => new Promise((go) => at(nowMs + ms, go)),
    runUntil: async (ms) => {
      for (;;) {
        await settle(ms);
        const next = heap[0];
        if (next === undefined || next.atMs > ms) break;
        pop();
        nowMs = next.atMs;
        next.work();
      }
      nowMs = Math.max(nowMs, ms);
    },
  };
};
