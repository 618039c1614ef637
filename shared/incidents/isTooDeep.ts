/** Nothing Defender sends is nested deeper than about ten; what is far deeper is meant to break its reader. */
export const maxDepth = 100;

/**
 * True where lists and objects lie deeper in one another than `maxDepth`. Level by level, because it guards all that recurses:
 * `JSON.parse` takes any depth, `JSON.stringify` and our own walks end in a RangeError. Every row passes here, so it is written as loops.
 */
export const isTooDeep = (value: unknown): boolean => {
  let level: object[] = [];
  keepNested(value, level);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > maxDepth) return true;
    const next: object[] = [];
    for (const item of level) for (const key in item) keepNested((item as Record<string, unknown>)[key], next);
    level = next;
  }
  return false;
};

const keepNested = (value: unknown, nested: object[]): void => {
  if (typeof value === 'object' && value !== null) nested.push(value);
};
