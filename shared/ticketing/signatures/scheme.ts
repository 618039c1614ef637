/** What came, and what it is checked with. */
export interface Shown {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As received, byte for byte. */
  readonly body: Buffer;
  /** Newest first; two while one is being turned. */
  readonly keys: readonly string[];
}

/** What a genuine signature says. */
export interface Proof {
  /** By which the sender knows this delivery; the same when it tries again. Null: it has none. */
  readonly deliveryId: string | null;
  /** Milliseconds since 1970, out of the signed bytes; null: the sender signs no time. */
  readonly signedAtMs: number | null;
}

/** One sender's way to sign. Undefined: not proven; why is nobody's business. Never looks at a clock. */
export type Scheme = (shown: Shown) => Proof | undefined;

/** More signatures in one header than anybody has keys. */
export const maxSignatures = 5;

const longestHeader = 2_048;

/** Undefined where it is missing, empty or longer than anybody needs. */
export const headerOf = ({ headers }: Pick<Shown, 'headers'>, name: string): string | undefined => {
  const value = headers[name];
  return value === undefined || value === '' || value.length > longestHeader ? undefined : value;
};

/** Whole seconds since 1970, written in the one way there is. */
export const secondsIn = (text: string): number | undefined =>
  /^[1-9]\d{0,11}$/.test(text) ? Number(text) : undefined;
