import type { Clock, Vault } from '../ports';

export type VaultThing = 'secret' | 'certificate';

/** When things in a vault end, kept for an hour: never asked for on the way of a sync. */
export interface VaultEnds {
  /**
   * ISO 8601 UTC; null: the vault knows no end. The last that was known while the vault is away; undefined where it never told, or did
   * not answer in time.
   */
  endOf(what: VaultThing, name: string): Promise<string | null | undefined>;
}

const freshMs = 60 * 60_000;
/** After a read that failed the vault is left alone for so long. */
const againMs = 60_000;
/** Someone waits for the page this is shown on; a slower answer is there the next time. */
const patienceMs = 4_000;

interface Known {
  readonly end: string | null | undefined;
  readonly untilMs: number;
}

export const createVaultEnds = (vault: Pick<Vault, 'endOf'>, clock: Pick<Clock, 'elapsedMs'>): VaultEnds => {
  const known = new Map<string, Known>();
  const reading = new Map<string, Promise<void>>();

  const read = async (key: string, what: VaultThing, name: string): Promise<void> => {
    const keep = (end: Known['end'], ms: number): void => void known.set(key, { end, untilMs: clock.elapsedMs() + ms });
    try {
      keep(await vault.endOf(what, name), freshMs);
    } catch {
      // Why it cannot be read is told where the credential itself is read.
      keep(known.get(key)?.end, againMs);
    }
  };

  return {
    endOf: async (what, name) => {
      const key = `${what} ${name}`;
      const found = known.get(key);
      if (found !== undefined && clock.elapsedMs() < found.untilMs) return found.end;
      const running = reading.get(key) ?? read(key, what, name).finally(() => reading.delete(key));
      reading.set(key, running);
      await patiently(running);
      return known.get(key)?.end;
    },
  };
};

const patiently = async (work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
};
