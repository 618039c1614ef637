import { isTooDeep, maxDepth } from '../../../shared/incidents/isTooDeep';

const nested = (depth: number, wrap: (inner: unknown) => unknown): unknown => {
  let value: unknown = 'core';
  for (let level = 0; level < depth; level += 1) value = wrap(value);
  return value;
};

test.each<[string, (inner: unknown) => unknown]>([
  ['lists', (inner) => [inner]],
  ['objects', (inner) => ({ a: inner })],
  ['lists with others beside', (inner) => [1, inner, { b: 2 }, null]],
])('%s are taken to a depth of a hundred and no further', (_, wrap) => {
  expect(isTooDeep(nested(maxDepth - 1, wrap))).toBe(false);
  expect(isTooDeep(nested(maxDepth + 1, wrap))).toBe(true);
});

test('a hundred thousand levels end in an answer, not in a RangeError', () => {
  const text = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(isTooDeep(JSON.parse(text))).toBe(true);
});

test('what is flat is not deep, however much it is', () => {
  expect(isTooDeep(Array.from({ length: 100_000 }, () => ({ a: [1] })))).toBe(false);
  for (const value of ['text', 1, null, true, [], {}, undefined]) expect(isTooDeep(value)).toBe(false);
});
