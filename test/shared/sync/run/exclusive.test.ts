import { createExclusive } from '../../../../shared/sync/run/exclusive';

const held = () => {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { end, work: () => ended.then(() => 'worked') };
};
const busy = () => 'busy';

test('a key that is taken is busy, another is not', async () => {
  const exclusive = createExclusive();
  const first = held();
  const running = exclusive('a', first.work, busy);
  expect(await exclusive('a', () => Promise.resolve('worked'), busy)).toBe('busy');
  expect(await exclusive('b', () => Promise.resolve('worked'), busy)).toBe('worked');
  first.end();
  expect(await running).toBe('worked');
});

test('a key is free again after its work, even where that failed', async () => {
  const exclusive = createExclusive();
  await expect(exclusive('a', () => Promise.reject(new Error('broken')), busy)).rejects.toThrow('broken');
  expect(await exclusive('a', () => Promise.resolve('worked'), busy)).toBe('worked');
  expect(await exclusive('a', () => Promise.resolve('worked'), busy)).toBe('worked');
});

test('two of them do not share keys', async () => {
  const [one, other] = [createExclusive(), createExclusive()];
  const first = held();
  const running = one('a', first.work, busy);
  expect(await other('a', () => Promise.resolve('worked'), busy)).toBe('worked');
  first.end();
  await running;
});
