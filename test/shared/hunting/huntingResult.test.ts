import { toHuntingResult } from '../../../shared/hunting/huntingResult';
import { answer } from '../incidents/givenAnswers';

const read = (body: unknown, status = 200) => toHuntingResult(answer(body, { status }), 'Graph');
const expected = { schema: [{ name: 'A', type: 'String' }], rows: [{ A: 'x' }], truncated: false };

test.each([
  [{ schema: [{ name: 'A', type: 'String' }], results: [{ A: 'x' }] }],
  [{ Schema: [{ Name: 'A', Type: 'String' }], Results: [{ A: 'x' }], Stats: {} }],
  // One of Graph's own samples.
  [{ schema: [{ Name: 'A', Type: 'String' }], results: [{ A: 'x' }], '@odata.context': 'x' }],
])('both spellings are read as one: %j', (body) => {
  expect(read(body)).toEqual(expected);
});

test('a hunt that fills the largest answer, or comes in part, is truncated', () => {
  const results = Array.from({ length: 100_000 }, () => ({}));
  expect(read({ schema: [], results }).truncated).toBe(true);
  expect(read({ schema: [], results: results.slice(1) }).truncated).toBe(false);
  expect(read({ schema: [], results: [] }, 206).truncated).toBe(true);
});

test.each([
  [{ results: [] }, 'schema'],
  [{ schema: [] }, 'results'],
  [{ schema: [{ type: 'x' }], results: [] }, 'schema.0'],
  [{ schema: [], results: [[1]] }, 'results.0'],
])('%j is refused, naming the part', (body, part) => {
  expect(() => read(body)).toThrow(
    expect.objectContaining({ code: 'ERR_CONTRACT', message: expect.stringContaining(part) as string }) as Error,
  );
});

test('a cut answer is the other side’s fault and may be asked again', () => {
  expect(() => read('{"schema":[')).toThrow(expect.objectContaining({ code: 'ERR_UPSTREAM' }) as Error);
});
