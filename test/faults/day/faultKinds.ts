/** The faults of the fault model (numbers as there) that concern reading and storing, and what each means in these days. */
export const faultKinds: Readonly<Record<number, string>> = {
  1: 'an instance killed at an await, lease left behind',
  2: 'all instances killed at once',
  3: 'an activity run twice, in sequence or side by side',
  4: 'a run planned and never done',
  6: 'timer skipped, late, fired twice',
  7: '429 with its wait as seconds, date, words, absent, absurd, negative',
  8: '429 storm over all tenants (calls refused)',
  9: '500, 502, 503, 504; $expand that fails for one incident for ever',
  10: '206 with a Warning and half the rows',
  11: 'body cut, HTML, empty, twice, not a list, with a row of another tenant',
  12: 'no answer until the time limit',
  13: 'equal times, up to more than a page',
  14: 'late arrival, up to 55 minutes behind',
  15: 'change between two pages',
  16: 'nextLink to a foreign host or in a loop',
  17: 'an older version shown after the newer one',
  18: 'merges, chains and cycles of them, re-opens, deletions',
  19: 'odd values: unknown members, nulls, new fields, times of 0 to 7 digits',
  20: 'huge, deep and half-surrogate incidents',
  21: 'ids that are no number',
  22: 'storage answers 503 before or after the write',
  23: 'storage refuses one row, and with it its batch',
  24: 'another writer changed the row',
  25: 'storage frozen',
  26: 'cursor row missing with or without all others, garbled, in the future, rolled back',
  27: 'two instances at one tenant',
  28: 'secret expired, vault away',
  29: 'consent revoked, licence gone, 401 in the middle',
  30: 'token slow, short-lived, or of another tenant',
  31: 'our clock ten minutes off, or stepping',
  39: 'tenant disabled, deleted, moved to the other back end in mid-run',
  40: 'one tenant of many sick',
  41: 'long history at the first run',
};

/** What needs real processes, or is another part of the fault model. */
export const notHere: Readonly<Record<number, string>> = {
  5: 'old orchestrator history, new code: the replay tests',
  12: 'half-open sockets and slow bodies: test/shared/send.test.ts; here only the hang that ends at the time limit',
  42: 'disk full, out of memory: real processes only',
  43: 'two builds at once: real processes only',
};

export interface Tally {
  hit(kind: number): void;
  counts(): Readonly<Record<number, number>>;
}

export const createTally = (): Tally => {
  const counts: Record<number, number> = {};
  return { hit: (kind) => (counts[kind] = (counts[kind] ?? 0) + 1), counts: () => counts };
};
