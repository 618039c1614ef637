import type { Clock, Vault } from '../ports';

/** A vault is asked at most this often for a secret that Entra refused. */
const refusedAgainMs = 60_000;
const freshMs = 60 * 60_000;

/** The app's own client secret: one read an hour a process, and one more when Entra refuses it, so that rotation needs no restart. */
export interface AppSecret {
  /** The last good value while the vault is away. @throws AuthError · UpstreamError */
  current(): Promise<string>;
  /** Entra refused it: true where the vault holds another value by now. */
  refresh(refused: string): Promise<boolean>;
}

export const appSecret = (vault: Vault, name: string, clock: Clock): AppSecret => {
  let value: string | undefined;
  let readAtMs = -Infinity;
  let reading: Promise<string> | undefined;

  const read = (): Promise<string> => {
    reading ??= vault
      .getSecret(name)
      .then((secret) => (value = secret))
      .finally(() => {
        reading = undefined;
      });
    readAtMs = clock.elapsedMs();
    return reading;
  };

  return {
    current: async () => {
      if (value !== undefined && clock.elapsedMs() - readAtMs < freshMs) return value;
      if (value === undefined) return read();
      const known = value;
      return read().catch(() => known);
    },
    refresh: async (refused) => {
      if (value !== refused) return value !== undefined;
      // Tenants are refused side by side: those that come second wait for the read of the first.
      if (reading === undefined && clock.elapsedMs() - readAtMs < refusedAgainMs) return false;
      return (await (reading ?? read())) !== refused;
    },
  };
};
