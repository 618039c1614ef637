import { createLimiter } from '../../../../shared/sync/limits/limiter';

/** Work that ends when told. */
const heldWork = () => {
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const work = (name: number) => async (): Promise<number> => {
    started.push(name);
    await new Promise<void>((end) => ends.push(end));
    return name;
  };
  return { started, work, endNext: () => ends.shift()?.() };
};
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('no more than the limit runs at once, in the order asked for', async () => {
  const { started, work, endNext } = heldWork();
  const limiter = createLimiter(2);
  const results = Promise.all([1, 2, 3, 4, 5].map((name) => limiter.run(work(name))));
  await settled();
  expect(started).toEqual([1, 2]);
  endNext();
  await settled();
  expect(started).toEqual([1, 2, 3]);
  endNext();
  endNext();
  await settled();
  expect(started).toEqual([1, 2, 3, 4, 5]);
  endNext();
  endNext();
  expect(await results).toEqual([1, 2, 3, 4, 5]);
});

test('work that fails gives its place to the next', async () => {
  const limiter = createLimiter(1);
  const failing = [1, 2, 3].map((at) => limiter.run(() => Promise.reject(new Error(`failure ${at}`))));
  const last = limiter.run(() => Promise.resolve('done'));
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(await last).toBe('done');
});

test('work that throws at once gives its place to the next', async () => {
  const limiter = createLimiter(1);
  const thrown = limiter.run((): Promise<never> => {
    throw new Error('at once');
  });
  await expect(thrown).rejects.toThrow('at once');
  expect(await limiter.run(() => Promise.resolve('done'))).toBe('done');
});

test('a place that was handed on is not counted twice', async () => {
  let running = 0;
  let most = 0;
  const limiter = createLimiter(3);
  const work = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await settled();
    running -= 1;
  };
  for (let round = 0; round < 3; round += 1) await Promise.all(Array.from({ length: 20 }, () => limiter.run(work)));
  expect(most).toBe(3);
  expect(running).toBe(0);
});
