/** A seeded stream of numbers (mulberry32): the same seed replays the same day. */
export interface RandomSource {
  /** 0 ≤ n < 1 */
  next(): number;
  /** A whole number, 0 ≤ n < limit */
  below(limit: number): number;
}

export const randomSource = (seed: number): RandomSource => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return { next, below: (limit) => Math.floor(next() * limit) };
};
