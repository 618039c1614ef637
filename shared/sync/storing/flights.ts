/** Batches under way: each is made ready at once and takes its turn after the one before, whose outcome it needs. */
export interface Flights {
  /** @param fly hears of the one before; where that fails, it must fail of the same */
  depart(fly: (before: Promise<void>) => Promise<void>): Promise<void>;
  /** Waits until no more than so many are under way. @throws what one failed of; then none is left */
  landed(most: number): Promise<void>;
}

export const createFlights = (): Flights => {
  /** In the order in which they are written. */
  const aloft: Promise<void>[] = [];
  return {
    depart: (fly) => {
      const flight = fly(aloft.at(-1) ?? Promise.resolve());
      aloft.push(flight);
      // Whoever waits for it next hears of its failure.
      flight.catch(() => undefined);
      return flight;
    },
    landed: async (most) => {
      try {
        while (aloft.length > most) {
          await aloft[0];
          void aloft.shift();
        }
      } catch (error) {
        // Those behind it fail of the same.
        await Promise.allSettled(aloft.splice(0));
        throw error;
      }
    },
  };
};
