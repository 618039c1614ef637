let last: Promise<void> = Promise.resolve();

/**
 * Lets one caller through at each turn of the event loop. Pages of many tenants arrive together, and each costs milliseconds of parsing
 * and digesting: taken in one go they would hold up every timer, lease and request of the process.
 */
export const loopTurn = (): Promise<void> => {
  last = last.then(
    () =>
      new Promise((go) => {
        setImmediate(go);
      }),
  );
  return last;
};
