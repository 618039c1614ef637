/** Runs tasks in the order given, `limit` at a time; `stop` drops those that have not begun. */
export interface Pool {
  add(task: () => Promise<void>): void;
  stop(): void;
}

export function createPool(limit: number): Pool {
  const waiting: (() => Promise<void>)[] = [];
  let head = 0;
  let running = 0;
  let stopped = false;

  function next(): void {
    while (!stopped && running < limit && head < waiting.length) {
      const task = waiting[head++];
      if (head > 1024 && head * 2 > waiting.length) {
        waiting.splice(0, head);
        head = 0;
      }
      running++;
      void task?.().finally(() => {
        running--;
        next();
      });
    }
  }

  return {
    add(task) {
      waiting.push(task);
      next();
    },
    stop() {
      stopped = true;
      waiting.length = 0;
      head = 0;
    },
  };
}
