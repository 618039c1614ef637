import { createAllowance } from '../../../shared/sync/allowance';

const clockAt = (time: { ms: number }) => ({ now: () => 0, elapsedMs: () => time.ms });

test('a run may make 50 calls', () => {
  const allowance = createAllowance(clockAt({ ms: 0 }), () => false);
  const taken = Array.from({ length: 60 }, () => allowance.take());
  expect(taken.filter(Boolean)).toHaveLength(50);
  expect(taken[49]).toBe(true);
  expect(taken[50]).toBe(false);
  expect(allowance.used).toBe(50);
});

test('a run takes no call after four minutes', () => {
  const time = { ms: 5_000 };
  const allowance = createAllowance(clockAt(time), () => false);
  time.ms = 245_000;
  expect(allowance.take()).toBe(true);
  time.ms = 245_001;
  expect(allowance.take()).toBe(false);
  expect(allowance.used).toBe(1);
});

test('a run takes no call once its instance is taken away', () => {
  let stopping = false;
  const allowance = createAllowance(clockAt({ ms: 0 }), () => stopping);
  expect(allowance.take()).toBe(true);
  stopping = true;
  expect(allowance.take()).toBe(false);
});
