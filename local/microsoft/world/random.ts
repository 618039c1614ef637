import { createHash } from 'node:crypto';

/** A seeded source of choices: the same seed gives the same sequence on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Whole number in [from, to], both inclusive. */
  int(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<const List extends readonly [unknown, ...unknown[]]>(list: List): List[number];
  /** Weights need not add up to 1. */
  weighted<T>(list: readonly (readonly [T, number])[]): T;
  /** Lower-case hex digits. */
  hex(length: number): string;
  guid(): string;
}

/** A 32-bit seed out of any number of parts, so that each object draws from a sequence of its own. */
export function seedOf(...parts: (string | number)[]): number {
  // FNV-1a with a final avalanche: neighbouring parts must not give neighbouring sequences.
  let hash = 0x811c9dc5;
  for (const character of parts.join('\u001f')) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A version 4 GUID that depends on the parts alone. */
export function guidOf(...parts: (string | number)[]): string {
  return toGuid(createHash('sha256').update(parts.join('\u001f')).digest('hex'));
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const hex = (length: number): string => {
    let text = '';
    while (text.length < length)
      text += Math.floor(next() * 4_294_967_296)
        .toString(16)
        .padStart(8, '0');
    return text.slice(0, length);
  };
  return {
    next,
    hex,
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance: (probability) => next() < probability,
    pick: (list) => list[Math.floor(next() * list.length)],
    weighted: (list) => pickWeighted(list, next()),
    guid: () => toGuid(hex(32)),
  };
}

function pickWeighted<T>(list: readonly (readonly [T, number])[], at: number): T {
  let rest = at * list.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [value, weight] of list) {
    rest -= weight;
    if (rest < 0) return value;
  }
  const last = list.at(-1);
  if (last === undefined) throw new RangeError('nothing to choose from');
  return last[0];
}

function toGuid(hex: string): string {
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) % 4] ?? '8';
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
