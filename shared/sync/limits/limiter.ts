/** At most `limit` pieces of work at once, in the order asked for; one limiter serves all activities of a process. */
export interface Limiter {
  run<T>(work: () => Promise<T>): Promise<T>;
}

export const createLimiter = (limit: number): Limiter => {
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    run: async (work) => {
      if (running >= limit) await new Promise<void>((go) => waiting.push(go));
      else running += 1;
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
};
