/** Work by key, one piece at a time; `onBusy` where the key is taken. Two runs of one process need no storage to see each other. */
export const createExclusive = () => {
  const taken = new Set<string>();
  return async <T>(key: string, work: () => Promise<T>, onBusy: () => T): Promise<T> => {
    if (taken.has(key)) return onBusy();
    taken.add(key);
    try {
      return await work();
    } finally {
      taken.delete(key);
    }
  };
};
