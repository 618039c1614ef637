import type { Clock } from '../ports';

/** Something read from a vault, kept for an hour and through outages. */
export interface LastGood<T> {
  /** The newest, or the last good one while the vault is away or holds none. @throws what the read throws, where there never was one */
  current(): Promise<T>;
  /**
   * Entra refused this one: another to try, or undefined. The vault is asked again, at most once a minute; failing that the one before
   * it serves, because a new one takes a while until all of Entra knows it.
   */
  instead(refused: T): Promise<T | undefined>;
  /** Why the last read failed; undefined where it went well. */
  trouble(): unknown;
}

const freshMs = 60 * 60_000;
/** After a failed read, and after a refusal, the vault is left alone for so long. */
const againMs = 60_000;

export const lastGood = <T>(
  read: () => Promise<T>,
  clock: Pick<Clock, 'elapsedMs'>,
  isSame: (one: T, other: T) => boolean,
): LastGood<T> => {
  let newest: { readonly value: T } | undefined;
  let before: { readonly value: T } | undefined;
  let refusedAtMs = -Infinity;
  let readAtMs = -Infinity;
  let failure: { readonly error: unknown } | undefined;
  let reading: Promise<T> | undefined;

  const take = (value: T): T => {
    failure = undefined;
    if (newest !== undefined && isSame(newest.value, value)) return newest.value;
    before = newest;
    newest = { value };
    refusedAtMs = -Infinity;
    return value;
  };
  const fail = (error: unknown): never => {
    failure = { error };
    throw error;
  };
  const readAgain = (): Promise<T> => {
    readAtMs = clock.elapsedMs();
    reading ??= read()
      .then(take, fail)
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const isRefused = (): boolean => clock.elapsedMs() - refusedAtMs < againMs;
  const best = (known: { readonly value: T }): T => (isRefused() ? (before ?? known).value : known.value);

  return {
    current: async () => {
      const ageMs = clock.elapsedMs() - readAtMs;
      const keptMs = failure === undefined ? freshMs : againMs;
      if (newest !== undefined && ageMs < keptMs) return best(newest);
      if (newest === undefined && reading === undefined && failure !== undefined && ageMs < againMs)
        throw failure.error;
      const known = newest;
      try {
        return best({ value: await readAgain() });
      } catch (error) {
        if (known === undefined) throw error;
        return best(known);
      }
    },
    instead: async (refused) => {
      if (newest === undefined) return undefined;
      if (before !== undefined && isSame(before.value, refused)) {
        before = undefined;
        return isRefused() ? undefined : newest.value;
      }
      if (!isSame(newest.value, refused)) return best(newest);
      // Tenants are refused side by side: those that come second wait for the read of the first.
      if (reading !== undefined || clock.elapsedMs() - readAtMs >= againMs) {
        try {
          const found = await readAgain();
          if (!isSame(found, refused)) return found;
        } catch (error) {
          if (before === undefined) throw error;
        }
      }
      refusedAtMs = clock.elapsedMs();
      return before?.value;
    },
    trouble: () => failure?.error,
  };
};
